from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    payments_bills_each_guest = fields.Boolean(
        "Bill Each Guest",
        help="Of an appointment with this service, each guest from outside is billed "
        "by himself: a group.",
    )
    payments_invoice_text = fields.Char(
        "Text on Invoices",
        translate=True,
        help="What the invoice says of the service beside the time of the appointment: "
        "Consultation, 45 minutes. The payer reads it, in his language, and who sees "
        "the invoice. Without it, it says the time only, and never the name of the "
        "service.",
    )
