from odoo import fields, models


class SmsComposer(models.TransientModel):
    _inherit = "sms.composer"

    # Odoo renders it as superuser, since it is stored: whoever names an invoice would
    # read its amount and pay link. What is rendered holds what the user may read.
    body = fields.Text(compute_sudo=False)
