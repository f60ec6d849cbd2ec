"""Many appointments, drafts and messages at once, for tests and the kill command."""

from datetime import datetime, timedelta


def book_many(user, count, prefix):
    """Appointments of as many new clients, of whom nobody is invited by mail.

    :param user: the practitioner's `User`
    :param prefix: how the clients' names and addresses begin
    :return: dict from the appointment's id to the client's e-mail address
    """
    addresses = [f"{prefix}{number:02}@example.com" for number in range(count)]
    appointments = _book(user, _create_clients(user, addresses))
    return dict(zip(appointments, addresses, strict=True))


def drafts_of_each(user, count, prefix, each):
    """Draft invoices of as many new clients, each of whom has several.

    :param prefix: how the clients' names and addresses begin
    :param each: how many each of them has
    :return: dict from the client's e-mail address to a list of invoice ids
    """
    addresses = [f"{prefix}{number:02}@example.com" for number in range(count)]
    appointments = _book(user, _create_clients(user, addresses) * each)
    moves = _create_invoices(user, appointments)
    return {address: moves[i::count] for i, address in enumerate(addresses)}


def _create_clients(user, addresses):
    return user.rpc.call(
        "res.partner",
        "create",
        [{"name": address.split("@")[0], "email": address} for address in addresses],
    )


def _book(user, clients):
    """Book an appointment for each of these clients, an hour after the other."""
    partner_id = user.read("res.users", user.rpc.uid, "partner_id")["partner_id"][0]
    (service,) = user.ids("product.product", name="Psychotherapy, 45 minutes")
    start = datetime(2026, 3, 2, 8, 0)
    return user.rpc.call(
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


def drafts(user, count, prefix):
    """Draft invoices of new appointments of new clients, as `book_many`.

    :return: dict from the invoice's id to the client's e-mail address
    """
    made = drafts_of_each(user, count, prefix, 1)
    return {move: address for address, (move,) in made.items()}


def _create_invoices(user, appointments):
    """Press Create Invoice on all of them; returns the drafts' ids, in their order."""
    user.press("calendar.event", "action_create_invoice", *appointments)
    rows = user.rpc.call("calendar.event", "read", appointments, ["invoice_id"])
    return [row["invoice_id"][0] for row in rows]
