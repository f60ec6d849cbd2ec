"""The practice, bookings and drafts that the comparisons work on."""

import re
from copy import deepcopy
from datetime import datetime, timedelta

from lxml import etree

from odoo import fields
from odoo.tools import SQL

BOOKING = "konfidens.payment.booking"
PRICE = 1250.0
FIRST_DAY = datetime(2026, 1, 5, 7, 0)


def open_practice(env):
    """Activate payments, where the addon is, and make the service; returns nothing."""
    with_addon = "payments_active" in env.company
    env.company.email = "post@practice.example.com"
    if with_addon:
        env.company.write({"payments_active": True, "payments_quiet_channels": "none"})
    values = {
        "name": "Psychotherapy",
        "default_code": "BENCH",
        "type": "service",
        "list_price": PRICE,
        "taxes_id": False,
    }
    if "invoice_policy" in env["product.product"]:  # with `sale`
        values["invoice_policy"] = "order"
    env["product.product"].create(values)
    env.user.write({"tz": "Europe/Oslo", "email": "therapist@practice.example.com"})
    if with_addon:
        env.ref("base.user_admin").group_ids += env.ref(
            "konfidens_payments.group_payments_manager"
        )


def service(env):
    """The service that is billed."""
    return env["product.product"].search([("default_code", "=", "BENCH")])


def clients(env, count):
    """New clients, each with an e-mail address."""
    last = env["res.partner"].search([], order="id desc", limit=1).id
    return env["res.partner"].create(
        [
            {
                "name": f"Client {last + number}",
                "email": f"client{last + number}@example.com",
            }
            for number in range(count)
        ]
    )


def times(count):
    """The start of as many appointments, eight a day: a list of naive datetimes."""
    return [
        FIRST_DAY + timedelta(days=number // 8, hours=number % 8)
        for number in range(count)
    ]


def bookings(env, count):
    """New externally billed bookings, each of a client of its own."""
    made = appointments(env, count).booking_ids
    assert len(made) == count
    return made


def appointments(env, count):
    """New appointments, each of a client of its own.

    With an externally billed booking each, where the addon is installed.
    """
    therapist = env.user
    billing = {}
    if "service_id" in env["calendar.event"]:
        billing = {"service_id": service(env).id, "invoicing_method": "external"}
    return (
        env["calendar.event"]
        .with_context(no_mail_to_attendees=True, tracking_disable=True)
        .create(
            [
                {
                    "name": "Talk",
                    "start": start,
                    "stop": start + timedelta(minutes=45),
                    "user_id": therapist.id,
                    "partner_ids": [(6, 0, (client + therapist.partner_id).ids)],
                    **billing,
                }
                for client, start in zip(clients(env, count), times(count), strict=True)
            ]
        )
        .with_env(env)
    )


def plain_values(env, count):
    """The values of invoices as those of bookings, without the addon: a list of dicts.

    Each of a client of its own, at a price and time as in `bookings`.
    """
    product = service(env)
    return [
        {
            "move_type": "out_invoice",
            "partner_id": client.id,
            "invoice_user_id": env.user.id,
            "invoice_line_ids": [
                (0, 0, {"product_id": product.id, "name": f"Appointment {start}"})
            ],
        }
        for client, start in zip(clients(env, count), times(count), strict=True)
    ]


def plain_drafts(env, count):
    """Draft invoices with `plain_values`."""
    return env["account.move"].create(plain_values(env, count))


def drafts(env, count):
    """Draft invoices of new bookings."""
    made = bookings(env, count)
    made.action_create_invoice()
    return made.invoice_id


def schedule(moves, date, channel="email"):
    """Schedule the payment messages of these drafts; returns them."""
    return moves.sudo()._schedule_payment_message(date, channel)


def delivered(env, count):
    """Draft invoices whose payment message the mail server has accepted just now."""
    moves = drafts(env, count)
    schedule(moves, fields.Datetime.now())
    run_cron(
        env,
        "konfidens_payments.ir_cron_send_due",
        "konfidens.payment.message",
        [("move_ids", "in", moves.ids), ("state", "=", "scheduled")],
    )
    return moves


def complete(env):
    """Let the cron complete all invoices whose message was delivered."""
    run_cron(
        env,
        "konfidens_payments.ir_cron_complete_delivered",
        "konfidens.payment.message",
        [("state", "=", "sent")],
    )


def letter(move):
    """A message about a draft, as long as ours, without the addon: values of it."""
    words = f"<p>Please pay {move.amount_total} for your appointment.</p>"
    row = f'<tr style="padding: 8px 16px;"><td>{words}</td><td>{words}</td></tr>'
    return {
        "subject": f"Payment for your appointment {move.id}",
        "body": f"<div>{words}<table>{row * 12}</table>{words}</div>",
    }


def set_date(env, table, ids):
    """Let what was planned for later be due."""
    env.cr.execute(
        SQL(
            "UPDATE %s SET scheduled_date = now() AT TIME ZONE 'UTC' - interval '1 min'"
            " WHERE id = ANY(%s)",
            SQL.identifier(table),
            ids,
        )
    )


def specification(env, model, view_type):
    """What the web client asks for to show a view: a dict for web_read."""
    arch = etree.fromstring(env[model].get_view(view_type=view_type)["arch"])
    return _fields_of(env[model], arch)["fields"]


def _fields_of(records, arch):
    """The fields of a view, and how many records of it are shown at first."""
    fields = {}
    for node in arch.xpath(".//field[not(ancestor::field)]"):
        field = records._fields[node.get("name")]
        if field.type == "many2one":
            fields[field.name] = {"fields": {"display_name": {}}}
        elif field.type in ("one2many", "many2many"):
            rows = records.env[field.comodel_name]
            view = _sub_view(rows, node)
            fields[field.name] = (
                {"fields": {"display_name": {}}}
                if view is None
                else _fields_of(rows, view)
            )
        else:
            fields[field.name] = {}
    return {"fields": fields, "limit": int(arch.get("limit", 40))}


def _sub_view(rows, node):
    """The first of the views in which a form shows these rows; None: by their names.

    It is written in the form, or the field's context names it.
    """
    inline = node.xpath("./*[self::list or self::kanban]")
    if inline:
        return deepcopy(inline[0])
    if node.get("widget") or node.get("invisible") in ("1", "True"):
        return None
    named = dict(_VIEW_REF.findall(node.get("context", "")))
    view_type = node.get("mode", "list").split(",")[0]
    arch = rows.with_context(**named).get_view(view_type=view_type)["arch"]
    return etree.fromstring(arch)


# As the web client finds it in the context.
_VIEW_REF = re.compile(r"'(\w+_view_ref)' *: *'(.*?)'")


def run_cron(env, xmlid, model, left):
    """Run a cron as *Run Manually* does, again until nothing is left.

    The cron worker would start it again at once as well.

    :param left: domain of the records of `model` that are left
    :raise RuntimeError: when a run leaves as many as there were
    """
    before = None
    env.cr.commit()
    while True:
        env.ref(xmlid).method_direct_trigger()
        env.cr.commit()
        env.invalidate_all()
        count = env[model].sudo().search_count(left)
        if not count:
            return
        if count == before:
            raise RuntimeError(f"{xmlid} leaves {count} of {model}")
        before = count
