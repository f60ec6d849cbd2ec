"""Many appointments, drafts and messages at once, for tests and the kill command."""

from datetime import datetime, timedelta

from .practice import wait_until
from .rpc import RpcError
from .settings import ADDON

# In English, Norwegian or Danish, and Swedish: each client has a language.
PAYMENT_SUBJECTS = ("Payment for", "Betaling for", "Betalning för")


def book_many(desk, count, prefix):
    """Appointments of as many new clients, of whom nobody is invited by mail.

    :param desk: the practitioner's `Desk`
    :param prefix: how the clients' names and addresses begin
    :return: dict from the appointment's id to the client's e-mail address
    """
    addresses = [f"{prefix}{number:02}@example.com" for number in range(count)]
    appointments = _book(desk, _create_clients(desk, addresses))
    return dict(zip(appointments, addresses, strict=True))


def drafts_of_one(desk, count, prefix):
    """Draft invoices of as many appointments of one new client, as `book_many`.

    :return: the invoices' ids, and the client's e-mail address
    """
    address = f"{prefix}@example.com"
    appointments = _book(desk, _create_clients(desk, [address]) * count)
    return _create_invoices(desk, appointments), address


def drafts_of_each(desk, count, prefix, each):
    """Draft invoices of as many new clients, each of whom has several.

    :param prefix: how the clients' names and addresses begin
    :param each: how many each of them has
    :return: dict from the client's e-mail address to a list of invoice ids
    """
    addresses = [f"{prefix}{number:02}@example.com" for number in range(count)]
    appointments = _book(desk, _create_clients(desk, addresses) * each)
    moves = _create_invoices(desk, appointments)
    return {address: moves[i::count] for i, address in enumerate(addresses)}


def _create_clients(desk, addresses):
    return desk.rpc.call(
        "res.partner",
        "create",
        [{"name": address.split("@")[0], "email": address} for address in addresses],
    )


def _book(desk, clients):
    """Book an appointment for each of these clients, an hour after the other."""
    partner_id = desk.read("res.users", desk.rpc.uid, "partner_id")["partner_id"][0]
    (service,) = desk.ids("product.product", name="Psychotherapy, 45 minutes")
    start = datetime(2026, 3, 2, 8, 0)
    return desk.rpc.call(
        "calendar.event",
        "create",
        [
            {
                "name": "Very private",
                "start": f"{start + timedelta(hours=number)}",
                "stop": f"{start + timedelta(hours=number, minutes=45)}",
                "partner_ids": [[6, 0, [client, partner_id]]],
                "service_id": service,
            }
            for number, client in enumerate(clients)
        ],
        context={"no_mail_to_attendees": True},
    )


def drafts(desk, count, prefix):
    """Draft invoices of new appointments of new clients, as `book_many`.

    :return: dict from the invoice's id to the client's e-mail address
    """
    appointments = book_many(desk, count, prefix)
    moves = _create_invoices(desk, list(appointments))
    return dict(zip(moves, appointments.values(), strict=True))


def _create_invoices(desk, appointments):
    """Press Create Invoice on all of them; returns the drafts' ids, in their order."""
    desk.press("calendar.event", "action_create_invoice", *appointments)
    rows = desk.rpc.call("calendar.event", "read", appointments, ["invoice_id"])
    return [row["invoice_id"][0] for row in rows]


def wait_until_posted(practice, moves, timeout=60):
    """Wait until these invoices are posted, with run after run of the sending job.

    For what Odoo would do within its own minutes, e.g. after a restart.
    """

    def look():
        run_cron(practice, "send_due")
        rows = practice.kari.rpc.call("account.move", "read", list(moves), ["state"])
        return all(row["state"] == "posted" for row in rows)

    wait_until(look, timeout, "the invoices to be posted")


def run_cron(practice, name):
    """Run one of the addon's jobs now, as an administrator may (Run Manually).

    For what Odoo would do at its next periodic run. Nothing, if it runs already.

    :return: whether it ran
    """
    return press_run_manually(practice, job_id(practice, f"{ADDON}.ir_cron_{name}"))


def press_run_manually(practice, job):
    """Press Run Manually on a scheduled action; nothing, if it runs already."""
    try:
        practice.admin.press("ir.cron", "method_direct_trigger", job)
    except RpcError as error:
        # Odoo stumbles over what it wants to say of a job whose server was killed
        # three times. Its cron worker counts that as a run, and goes on.
        stumbled = "cannot unpack non-iterable NoneType" in str(error)
        if not stumbled and "already executing" not in str(error):
            raise
        return False
    return True


def job_id(practice, xml_id):
    """The id of a scheduled action, e.g. of "mail.ir_cron_mail_scheduler_action"."""
    module, name = xml_id.split(".")
    domain = [["module", "=", module], ["name", "=", name]]
    rows = practice.admin.rpc.call("ir.model.data", "search_read", domain, ["res_id"])
    return rows[0]["res_id"]


def mails_to(practice, address):
    """The Message-IDs of the payment messages to this address: a list."""
    return [
        mail.message["message-id"]
        for mail in practice.mail.to(address)
        if mail.message["subject"].startswith(PAYMENT_SUBJECTS)
    ]
