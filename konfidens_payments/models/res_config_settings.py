from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    payments_active = fields.Boolean(
        related="company_id.payments_active", readonly=False
    )
    payments_activated_on = fields.Datetime(related="company_id.payments_activated_on")
    payments_service_id = fields.Many2one(
        related="company_id.payments_service_id", readonly=False
    )
