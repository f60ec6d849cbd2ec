"""Many bookings by a few statements: real rows, copied with numbers of their own."""

from odoo.tools import SQL

from . import data

_TIMES = ("start", "stop")


def completed(env):
    """A booking with a completed invoice and a delivered message, made as always."""
    move = data.delivered(env, 1)
    data.complete(env)
    return move.booking_ids


def paid(env):
    """The same, and the accountant has registered the payment."""
    booking = completed(env)
    env["account.payment.register"].with_context(
        active_model="account.move", active_ids=booking.invoice_id.ids
    ).create({})._create_payments()
    assert booking.payment_status == "paid" and booking.is_settled
    return booking


def billed(env, booking, count, clients=None):
    """Copies of a booking with its appointment, its invoice and its message.

    The invoices' numbers follow the last one. Of a payment there is no copy: what is
    paid is reconciled with that of the original.

    :param booking: what `completed` or `paid` returned
    :param clients: `res.partner` records, one after the other; default: the booking's
    """
    move = booking.invoice_id
    message = move.payment_message_ids.sudo()
    client = _one_of(clients or booking.client_id)
    number = SQL("(number + %s)", _last_number(env, move))
    name = SQL(
        "%s || lpad(%s::text, greatest(5, length(%s::text)), '0')",
        move.sequence_prefix,
        number,
        number,
    )
    moves = _copies(
        env,
        "account_move",
        move.ids,
        count,
        name=name,
        sequence_number=number,
        pay_token=SQL("left(md5('pay' || %s), 22)", number),
        access_token=SQL("md5('access' || %s)", number),
        partner_id=client,
        commercial_partner_id=client,
        payment_reference=SQL("NULL"),
    )
    events, bookings = _copy_booking(
        env,
        booking,
        count,
        client,
        SQL("- number * interval '1 hour'"),
        invoice_id=SQL("%s + number", moves),
    )
    _copies(
        env,
        "account_move_line",
        move.line_ids.ids,
        count,
        move_id=SQL("%s + number", moves),
        partner_id=client,
        move_name=name,
        **dict.fromkeys(
            ("booking_id", "billed_booking_id"),
            SQL("CASE WHEN booking_id > 0 THEN %s + number END", bookings),
        ),
    )
    payment_messages = _copies(
        env,
        "konfidens_payment_message",
        message.ids,
        count,
        partner_id=client,
        **dict.fromkeys(
            ("scheduled_date", "sent_date", "delivered_date"),
            SQL("sent_date - interval '1 day' - number * interval '1 minute'"),
        ),
    )
    _copies(
        env,
        "konfidens_payment_message_line",
        message.line_ids.ids,
        count,
        message_id=SQL("%s + number", payment_messages),
        move_id=SQL("%s + number", moves),
    )
    mail_messages = _copies(
        env,
        "mail_message",
        message.mail_message_ids.ids,
        count,
        res_id=SQL("%s + number", moves),
    )
    _copies(
        env,
        "mail_notification",
        message.notification_ids.ids,
        count,
        mail_message_id=SQL("%s + number", mail_messages),
        konfidens_payment_message_id=SQL("%s + number", payment_messages),
    )
    _copies(
        env,
        "calendar_attendee",
        booking.event_id.attendee_ids.ids,
        count,
        event_id=SQL("%s + number", events),
        access_token=SQL("md5('attendee' || id || ' ' || %s)", number),
    )
    env.cr.execute(
        SQL(
            "INSERT INTO calendar_event_res_partner_rel"
            " (calendar_event_id, res_partner_id)"
            " SELECT %s + number, partner FROM generate_series(1, %s) number,"
            " unnest(%s) partner",
            events,
            count,
            booking.event_id.partner_ids.ids,
        )
    )
    env.invalidate_all()


def external(env, booking, count, clients):
    """Copies of an externally billed booking, one client after the other.

    :param clients: `res.partner` records
    :return: the ids of the copies
    """
    later = SQL("+ number * interval '1 hour'")
    _events, bookings = _copy_booking(env, booking, count, _one_of(clients), later)
    env.invalidate_all()
    return list(range(bookings + 1, bookings + count + 1))


def _copy_booking(env, booking, count, client, shift, **changed):
    """Copies of a booking, each with its own appointment.

    :param client: SQL of the id of who is treated and pays
    :param shift: SQL of what is added to start and stop
    :param changed: what else the bookings' columns have
    :return: the numbers below the first id of the events and of the bookings
    """
    times = {name: SQL("%s %s", SQL.identifier(name), shift) for name in _TIMES}
    events = _copies(env, "calendar_event", booking.event_id.ids, count, **times)
    bookings = _copies(
        env,
        "konfidens_payment_booking",
        booking.ids,
        count,
        event_id=SQL("%s + number", events),
        client_id=client,
        payer_id=client,
        **times,
        **changed,
    )
    return events, bookings


def _one_of(clients):
    """The id of one of these `res.partner` records, by the copy's `number`: SQL."""
    return SQL("(%s)[1 + number %% %s]", clients.ids, len(clients))


def _last_number(env, move):
    """The greatest number in the series of this invoice: an integer."""
    env.flush_all()
    env.cr.execute(
        "SELECT max(sequence_number) FROM account_move"
        " WHERE journal_id = %s AND sequence_prefix = %s",
        [move.journal_id.id, move.sequence_prefix],
    )
    return env.cr.fetchone()[0]


def _copies(env, table, ids, count, **changed):
    """Copy rows `count` times; returns the number below the first new id.

    The copies of one row have the ids that follow this, in the order of `number`,
    then those of the next row.

    :param changed: what else the columns of the copies have
    """
    cr = env.cr
    env.flush_all()
    cr.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND table_schema = current_schema"
        " AND column_name <> 'id'",
        [table],
    )
    columns = [name for (name,) in cr.fetchall()]
    cr.execute(SQL("SELECT max(id) FROM %s", SQL.identifier(table)))
    (last,) = cr.fetchone()
    changed = {
        name: value if isinstance(value, SQL) else SQL("%s", value)
        for name, value in changed.items()
    }
    cr.execute(
        SQL(
            "INSERT INTO %(table)s (id, %(columns)s)"
            " SELECT %(last)s + (row_number - 1) * %(count)s + number, %(values)s"
            "   FROM (SELECT *, row_number() OVER (ORDER BY id) FROM %(table)s"
            "          WHERE id = ANY(%(ids)s)) original,"
            "        generate_series(1, %(count)s) number",
            table=SQL.identifier(table),
            columns=SQL(", ").join(map(SQL.identifier, columns)),
            last=last,
            count=count,
            values=SQL(", ").join(
                changed.get(name, SQL.identifier(name)) for name in columns
            ),
            ids=list(ids),
        )
    )
    cr.execute(
        SQL(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM %s",
            table,
            SQL.identifier(table),
        )
    )
    return last
