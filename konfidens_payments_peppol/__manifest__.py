{
    "name": "Konfidens Payments: Electronic Invoices by Peppol",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "summary": "Appointments billed to companies and public bodies by EHF (Peppol)",
    "author": "konfidens_payments contributors",
    "license": "LGPL-3",
    "depends": ["konfidens_payments_ubl", "account_peppol"],
    "data": [
        # the job
        "data/ir_cron.xml",
        # screens
        "views/konfidens_payment_booking_views.xml",
        "views/konfidens_payment_message_views.xml",
        "views/konfidens_payment_message_wizard_views.xml",
        "views/konfidens_payment_run_views.xml",
        "views/res_config_settings_views.xml",
        "views/res_partner_views.xml",
    ],
    "auto_install": True,
    "uninstall_hook": "uninstall_hook",
}
