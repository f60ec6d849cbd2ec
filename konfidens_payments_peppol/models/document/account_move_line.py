from contextlib import contextmanager

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.konfidens_payments.tools import quietly


class AccountMoveLine(models.Model):
    """Lines of drafts that say of the client what may be said now."""

    _inherit = "account.move.line"

    @api.model
    @contextmanager
    def _renewing_labels(self, domain):
        """Write the text of drafts anew where it says something else afterwards.

        Not where somebody wrote another text, nor where the payer was told.

        :param domain: of the lines that may be concerned
        """
        # sudo: the draft follows what the user may write, as it follows the booking
        lines = self.sudo().search(
            Domain("booking_id", "!=", False)
            & Domain("parent_state", "=", "draft")
            & Domain(domain)
        )
        following = lines.filtered(
            lambda line: (
                not line.move_id._is_amount_locked()
                and line.name == line.booking_id._get_invoice_label()
            )
        )
        yield
        for line in following:
            label = line.booking_id._get_invoice_label()
            if line.name != label:
                quietly(line).name = label
