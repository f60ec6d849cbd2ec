"""What people make of the addon: favourites, an action, a job, a template."""

from devtools.database import catalog

BOOKING, MESSAGE = "konfidens.payment.booking", "konfidens.payment.message"
FAVOURITES = [
    {
        "name": "Our bookings",
        "model_id": BOOKING,
        "domain": "[('is_settled', '=', False)]",
    },
    {
        "name": "Our appointments",
        "model_id": "calendar.event",
        "domain": "[('payment_status', '=', 'unpaid')]",
        "is_default": True,
    },
    {
        "name": "Our invoices",
        "model_id": "account.move",
        "context": "{'group_by': ['payment_message_state']}",
    },
    {
        "name": "Their invoices",
        "model_id": "account.move",
        "domain": "[('payment_state', '=', 'paid')]",
    },
]


def plant(clinic):
    """Let an administrator make all that; those named `Our` cannot outlive the addon.

    :param clinic: a `Practice`
    """
    create = clinic.admin.rpc.call
    query = "SELECT model, id FROM ir_model WHERE model LIKE 'konfidens.%%'"
    models = dict(catalog.execute_in(clinic.database, query))
    create("ir.filters", "create", FAVOURITES)
    job = {
        "name": "Our job",
        "model_id": models[BOOKING],
        "state": "code",
        "code": "model.search([], limit=1)",
        "interval_number": 1,
        "interval_type": "days",
    }
    create("ir.cron", "create", [job])
    action = {
        "name": "Our action",
        "model_id": models[BOOKING],
        "binding_model_id": models[BOOKING],
        "state": "code",
        "code": "records.action_bill_externally()",
    }
    create("ir.actions.server", "create", [action])
    template = {"name": "Our template", "model_id": models[MESSAGE], "subject": "Pay"}
    create("mail.template", "create", [template])
