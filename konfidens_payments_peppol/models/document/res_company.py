from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    payments_client_on_invoice = fields.Selection(
        [
            ("never", "Nothing"),
            ("initials", "The initials"),
            ("reference", "The reference on the client's contact"),
        ],
        "Client on Invoices",
        default="never",
        required=True,
        help="What an invoice to an employer or a public body says of who was treated. "
        "Never the name.",
    )

    def write(self, vals):
        """Override of `base`: drafts say what they may say now."""
        if "payments_client_on_invoice" not in vals:
            return super().write(vals)
        lines = self.env["account.move.line"]
        with lines._renewing_labels([("company_id", "in", self.ids)]):
            return super().write(vals)


class KonfidensPaymentSettingsFields(models.AbstractModel):
    _inherit = "konfidens.payment.settings.fields"

    payments_client_on_invoice = fields.Selection(
        related="company_id.payments_client_on_invoice", readonly=False
    )
