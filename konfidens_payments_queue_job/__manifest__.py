{
    "name": "Konfidens Payments: Job Queue",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "summary": "Billing runs and completing on several servers, by OCA's job queue",
    "author": "konfidens_payments contributors",
    "license": "LGPL-3",
    "depends": ["konfidens_payments", "queue_job"],
    "data": ["data/queue_job_data.xml"],
    "uninstall_hook": "uninstall_hook",
    "auto_install": True,
}
