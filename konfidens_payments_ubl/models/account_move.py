from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _hides_reason(self):
        """Return whether electronic credit notes name their invoice instead of why.

        Odoo gives the reason for the buyer's order. Of an appointment it may well say
        what is nobody's business: that the client was ill.
        """
        self.ensure_one()
        return (
            self.move_type == "out_refund"
            and bool(self.reversed_entry_id)
            and any(line._hides_product() for line in self.invoice_line_ids)
        )
