from odoo import api, fields, models

from ...tools import say


class KonfidensPaymentSettingsFields(models.AbstractModel):
    """The settings of Payments, which the company keeps, as a page shows them."""

    _name = "konfidens.payment.settings.fields"
    _description = "Settings of Payments"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    payments_missing = fields.Char(
        compute="_compute_payments_missing",
        export_string_translation=False,
        help="What is missing still, while payments are switched on.",
    )
    payments_active = fields.Boolean(
        related="company_id.payments_active", readonly=False
    )
    payments_activated_on = fields.Datetime(related="company_id.payments_activated_on")
    payments_tax_kind = fields.Selection(
        related="company_id.payments_tax_kind", readonly=False
    )
    payments_tax_id = fields.Many2one(
        related="company_id.payments_tax_id", readonly=False
    )
    payments_other_tax_count = fields.Integer(
        compute="_compute_payments_other_tax_count"
    )
    payments_company_registry = fields.Char(
        related="company_id.company_registry",
        string="Organisation Number",
        readonly=False,
    )
    payments_in_register = fields.Boolean(
        related="company_id.payments_in_register", readonly=False
    )
    payments_country_code = fields.Char(
        related="company_id.account_fiscal_country_id.code",
        string="Country of Taxes",
        export_string_translation=False,
    )
    payments_invoicing_method = fields.Selection(
        related="company_id.payments_invoicing_method", readonly=False
    )
    payments_create_draft = fields.Boolean(
        related="company_id.payments_create_draft", readonly=False
    )
    payments_service_id = fields.Many2one(
        related="company_id.payments_service_id", readonly=False
    )
    payments_swish_number = fields.Char(
        related="company_id.payments_swish_number", readonly=False
    )
    payments_vipps_number = fields.Char(
        related="company_id.payments_vipps_number", readonly=False
    )
    payments_journal_id = fields.Many2one(
        related="company_id.payments_journal_id", readonly=False
    )
    payments_payment_term_id = fields.Many2one(
        related="company_id.payments_payment_term_id", readonly=False
    )
    payments_responsible_id = fields.Many2one(
        related="company_id.payments_responsible_id", readonly=False
    )
    payments_channel = fields.Selection(
        related="company_id.payments_channel", readonly=False
    )
    payments_sms_connections = fields.Integer(
        related="company_id.payments_sms_connections", readonly=False
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
    payments_late_hours = fields.Integer(
        related="company_id.payments_late_hours", readonly=False
    )
    payments_no_show_percent = fields.Float(
        related="company_id.payments_no_show_percent", readonly=False
    )
    payments_no_show_product_id = fields.Many2one(
        related="company_id.payments_no_show_product_id", readonly=False
    )
    payments_late_percent = fields.Float(
        related="company_id.payments_late_percent", readonly=False
    )
    payments_late_product_id = fields.Many2one(
        related="company_id.payments_late_product_id", readonly=False
    )
    payments_bill_only_attended = fields.Boolean(
        related="company_id.payments_bill_only_attended", readonly=False
    )
    payments_reminders = fields.Boolean(
        related="company_id.payments_reminders", readonly=False
    )
    payments_reminders_since = fields.Date(
        related="company_id.payments_reminders_since"
    )
    payments_receipt = fields.Selection(
        related="company_id.payments_receipt", readonly=False
    )
    payments_receipt_since = fields.Date(related="company_id.payments_receipt_since")
    payments_quiet_channels = fields.Selection(
        related="company_id.payments_quiet_channels", readonly=False
    )
    payments_quiet_week_from = fields.Float(
        related="company_id.payments_quiet_week_from", readonly=False
    )
    payments_quiet_week_to = fields.Float(
        related="company_id.payments_quiet_week_to", readonly=False
    )
    payments_quiet_saturday_from = fields.Float(
        related="company_id.payments_quiet_saturday_from", readonly=False
    )
    payments_quiet_saturday_to = fields.Float(
        related="company_id.payments_quiet_saturday_to", readonly=False
    )
    payments_quiet_sunday_from = fields.Float(
        related="company_id.payments_quiet_sunday_from", readonly=False
    )
    payments_quiet_sunday_to = fields.Float(
        related="company_id.payments_quiet_sunday_to", readonly=False
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

    @api.depends("company_id")
    def _compute_payments_other_tax_count(self):
        for settings in self:
            services = self.env["product.product"].with_company(settings.company_id)
            settings.payments_other_tax_count = services.search_count(
                [("payments_other_tax", "=", True)]
            )

    @api.depends("payments_active", "payments_activated_on")
    def _compute_payments_missing(self):
        readiness = self.env["konfidens.payment.readiness"]
        for settings in self:
            settings.payments_missing = (
                settings.payments_active
                and not settings.payments_activated_on
                # sudo: of the company, whoever may see its settings
                and ", ".join(readiness._get_missing(settings.company_id.sudo()))
            )

    @api.onchange("payments_tax_kind")
    def _onchange_payments_tax_kind(self):
        """Show which tax of the chart follows from the answer."""
        self.payments_tax_id = self.company_id._propose_tax_of_services(
            self.payments_tax_kind
        )

    def action_add_public_holidays(self):
        """Enter the public holidays of the company's country, where they are missing.

        :return: the action that says how many were entered
        :raises UserError: they are not known
        """
        self.ensure_one()
        self.check_access("write")
        # sudo: whoever may change these settings enters the days that they speak of
        count = self.company_id.sudo()._add_public_holidays()
        if count:
            words = self.env._("%(count)s public holidays entered.", count=count)
        else:
            words = self.env._("All public holidays are entered already.")
        return say(words)

    def action_view_other_taxes(self):
        """Open the services that have another tax than that of services."""
        return {
            **self.env["ir.actions.actions"]._for_xml_id(
                "konfidens_payments.action_services"
            ),
            "context": {
                "default_type": "service",
                "konfidens_payments_services": True,
                "search_default_other_tax": True,
            },
        }
