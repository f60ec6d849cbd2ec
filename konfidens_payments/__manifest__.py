{
    "name": "Konfidens Payments",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "summary": "From the appointment in the calendar to a paid invoice",
    "author": "konfidens_payments contributors",
    "license": "LGPL-3",
    "depends": ["calendar", "account", "account_payment", "sms"],
    "data": [
        # Security
        "security/konfidens_payments_security.xml",
        "security/ir.model.access.csv",
        # Data
        "data/ir_actions_server.xml",
        "data/ir_cron.xml",
        "data/ir_cron_activation.xml",
        "data/mail_activity_type_data.xml",
        "data/mail_template_data.xml",
        "data/mail_template_appointment_data.xml",
        "data/sms_template_data.xml",
        # Views
        "wizard/konfidens_payment_message_wizard_views.xml",
        "views/konfidens_payment_activation_line_views.xml",
        "views/konfidens_payment_activation_views.xml",
        "views/konfidens_payment_message_views.xml",
        "views/account_move_views.xml",
        "views/calendar_event_views.xml",
        "views/booking_views.xml",
        "views/res_partner_views.xml",
        "views/res_config_settings_views.xml",
        "views/menus.xml",
        # Templates
        "views/calendar_templates.xml",
        "views/pay_page_templates.xml",
        "views/pay_together_templates.xml",
    ],
    "demo": ["demo/konfidens_payments_demo.xml"],
    "assets": {
        "web.assets_backend": ["konfidens_payments/static/src/**/*"],
    },
    "pre_init_hook": "pre_init_hook",
    "application": True,
}
