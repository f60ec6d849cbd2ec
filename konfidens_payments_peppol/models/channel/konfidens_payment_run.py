from odoo import api, fields, models
from odoo.fields import Domain

from .konfidens_payment_message import CHANNEL


class KonfidensPaymentRun(models.Model):
    """A billing run sends electronic invoices to those payers who receive them."""

    _inherit = "konfidens.payment.run"

    electronic = fields.Boolean(
        "Electronic Invoices",
        default=True,
        help="Companies and public bodies that receive electronic invoices get one "
        "instead of the message.",
    )

    @api.model
    def _get_choices(self):
        """Override: this is one, too."""
        return super()._get_choices() | {"electronic"}

    def _get_channel_for(self, move):
        """Override: by document, where the payer receives it."""
        if self.electronic and move._get_wanted_channel() == CHANNEL:
            return CHANNEL
        return super()._get_channel_for(move)

    def _get_unreachable_domain(self):
        """Override: who receives electronic invoices can be reached."""
        unreachable = super()._get_unreachable_domain()
        company = self.company_id
        if not self.electronic or company._get_peppol_sender_problem():
            return unreachable
        # sudo: how many, of the bookings that the user chose
        partners = self.env["res.partner"].sudo().with_company(company)
        receivers = partners.search(
            [
                ("is_company", "=", True),
                ("peppol_verification_state", "=", "valid"),
                ("invoice_sending_method", "in", (False, CHANNEL)),
            ]
        )
        # as `res.partner._receives_peppol`
        receives = Domain("payer_id.commercial_partner_id", "in", receivers.ids) & (
            Domain("payer_id.is_company", "=", True)
            | Domain("payer_id.type", "=", "invoice")
        )
        return unreachable & ~receives

    def _say_plan(self, billable, count, last_start, last_stop):
        """Override: how many of them go by document."""
        plan = super()._say_plan(billable, count, last_start, last_stop)
        if not self.electronic or self.company_id._get_peppol_sender_problem():
            return plan
        more = self.env._("Whoever receives electronic invoices gets one instead.")
        return f"{plan} {more}"
