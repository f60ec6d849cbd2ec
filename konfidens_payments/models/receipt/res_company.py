from odoo import api, fields, models


class ResCompany(models.Model):
    """Whether the practice sends receipts, and by what."""

    _inherit = "res.company"

    payments_receipt = fields.Selection(
        [
            ("none", "No receipt"),
            ("email", "By e-mail"),
            ("message", "As the payment message"),
        ],
        "Receipt When Paid",
        default="none",
        required=True,
        help="Who has paid gets a receipt, with the completed invoice as PDF where it "
        "goes by e-mail. By another channel where the payer can only be reached by "
        "that.",
    )
    payments_receipt_since = fields.Date(
        "Of What Is Paid Since",
        compute="_compute_payments_receipt_since",
        store=True,
        help="What was paid before this day gets no receipt.",
    )

    @api.depends("payments_receipt")
    def _compute_payments_receipt_since(self):
        """Note since when; who switches it off and on again begins anew."""
        for company in self:
            if company.payments_receipt in (False, "none"):
                company.payments_receipt_since = False
            elif not company.payments_receipt_since:
                company.payments_receipt_since = company._get_payments_today()
