from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    payments_bills_each_guest = fields.Boolean(
        "Bill Each Guest",
        help="Of an appointment with this service, each guest from outside is billed "
        "by himself: a group.",
    )
