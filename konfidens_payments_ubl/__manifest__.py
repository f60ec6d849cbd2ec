{
    "name": "Konfidens Payments: Electronic Invoices",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "summary": "Electronic invoices of appointments that do not name the service",
    "author": "konfidens_payments contributors",
    "license": "LGPL-3",
    "depends": ["konfidens_payments", "account_edi_ubl_cii"],
    "data": ["views/cii_templates.xml"],
    "auto_install": True,
}
