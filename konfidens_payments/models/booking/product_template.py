from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    payments_bills_each_guest = fields.Boolean(
        "Bill Each Guest",
        help="Of an appointment with this service, each guest from outside is billed "
        "by himself: a group.",
    )
    payments_bills_each_guest_since = fields.Datetime(
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="When that was chosen, of a service that billed one of them before.",
    )
    payments_invoice_text = fields.Char(
        "Text on Invoices",
        translate=True,
        help="What the invoice says of the service beside the time of the appointment: "
        "Consultation, 45 minutes. The payer reads it, in his language, and who sees "
        "the invoice. Without it, it says the time only, and never the name of the "
        "service.",
    )

    def write(self, vals):
        """Override of `product` to note since when each guest is billed."""
        if vals.get("payments_bills_each_guest"):
            billed_one = self.filtered(lambda one: not one.payments_bills_each_guest)
            billed_one.payments_bills_each_guest_since = fields.Datetime.now()
        return super().write(vals)
