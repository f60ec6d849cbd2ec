from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    payments_active = fields.Boolean(
        related="company_id.payments_active", readonly=False
    )
    payments_activated_on = fields.Datetime(related="company_id.payments_activated_on")
    payments_invoicing_method = fields.Selection(
        related="company_id.payments_invoicing_method", readonly=False
    )
    payments_create_draft = fields.Boolean(
        related="company_id.payments_create_draft", readonly=False
    )
    payments_service_id = fields.Many2one(
        related="company_id.payments_service_id", readonly=False
    )
    payments_journal_id = fields.Many2one(
        related="company_id.payments_journal_id", readonly=False
    )
    payments_responsible_id = fields.Many2one(
        related="company_id.payments_responsible_id", readonly=False
    )
    payments_channel = fields.Selection(
        related="company_id.payments_channel", readonly=False
    )
    payments_failover = fields.Boolean(
        related="company_id.payments_failover", readonly=False
    )
    payments_together = fields.Boolean(
        related="company_id.payments_together", readonly=False
    )
    payments_reply_to = fields.Selection(
        related="company_id.payments_reply_to", readonly=False
    )
    payments_bounce_wait_minutes = fields.Integer(
        related="company_id.payments_bounce_wait_minutes", readonly=False
    )
    payments_delivery_limit_hours = fields.Integer(
        related="company_id.payments_delivery_limit_hours", readonly=False
    )
    payments_timing_moment = fields.Selection(
        related="company_id.payments_timing_moment", readonly=False
    )
    payments_timing_number = fields.Integer(
        related="company_id.payments_timing_number", readonly=False
    )
    payments_timing_unit = fields.Selection(
        related="company_id.payments_timing_unit", readonly=False
    )
