"""Uninstalling the addon in a practice that has lived with it, and installing it again.

As an administrator does it who presses *Uninstall* in Apps.
"""

import time
import urllib.request
from datetime import timedelta

import pytest

from apps import MODULES, install, troubles, uninstall
from devtools.database import catalog
from devtools.database.installed import test_database
from devtools.environment.clock import utc_now
from devtools.environment.settings import ADDON, GLUE_ALWAYS
from devtools.practice.bookings import drafts
from devtools.practice.jobs import job_id, press_run_manually
from devtools.practice.sms_practice import sms_practice
from lived import Life, changed, rows
from planted import plant
from posted import wait_for_posted

# Odoo's own queues, as eager as they can be.
HURRY = """
    UPDATE mail_mail SET scheduled_date = NULL;
    UPDATE ir_cron SET active = true, nextcall = now() at time zone 'UTC'
     WHERE cron_name ILIKE '%%queue manager%%'
"""
QUEUES = ("mail.ir_cron_mail_scheduler_action", "sms.ir_cron_sms_scheduler_action")


class Uninstalled:
    """A practice before and after it was uninstalled."""

    def __init__(self, clinic):
        self.clinic = clinic
        self.life = Life(clinic).live()
        plant(clinic)
        self.before = rows(clinic.database)
        self.mails = len(clinic.mail.mails)
        begin = clinic.server.log.stat().st_size
        uninstall(clinic, ADDON)
        self.troubles = troubles(clinic.server.log, begin)
        self.after = rows(clinic.database)


@pytest.fixture(scope="module")
def left():
    """A practice that uninstalled the addon: an `Uninstalled`."""
    with sms_practice(prefix="test_uninstall") as clinic:
        yield Uninstalled(clinic)


def test_the_log_says_nothing(left):
    assert left.troubles == []


def test_invoices_payments_and_appointments_are_as_they_were(left):
    for table in (
        "account_move",
        "account_move_line",
        "account_partial_reconcile",
        "account_payment",
        "calendar_event",
        "calendar_recurrence",
        "res_partner",
    ):
        assert left.before[table], table
    assert changed(left.before, left.after) == {}


# === WHAT WAS UNDER WAY === #


def notes(clinic, move):
    """The notes on an invoice, as one text."""
    domain = [["model", "=", "account.move"], ["res_id", "=", move]]
    found = clinic.admin.rpc.call("mail.message", "search_read", domain, ["body"])
    return " ".join(row["body"] for row in found)


def test_nothing_leaves_any_more(left):
    clinic, life = left.clinic, left.life
    clinic.mail.behave()
    clinic.mail.start()
    clinic.twilio.start()
    catalog.execute_in(clinic.database, HURRY)
    mail = {
        "body_html": "Hello",
        "email_from": "post@praksis.example.com",
        "email_to": "else@example.com",
    }
    clinic.admin.rpc.call("mail.mail", "create", [mail])
    end = time.monotonic() + 60
    while not clinic.mail.to("else@example.com"):  # Odoo's own queue works
        for queue in QUEUES:
            press_run_manually(clinic, job_id(clinic, queue))
        assert time.monotonic() < end
    left_since = clinic.mail.mails[left.mails :]
    payers = set(life.addresses.values())
    assert not [mail for mail in left_since if payers & set(mail.recipients)]
    assert not [mail for mail in left_since if "/p/" in mail.text()]
    assert not any(clinic.twilio.to(number) for number in life.numbers.values())
    rows = catalog.execute_in(
        clinic.database,
        "SELECT 'mail' FROM mail_mail WHERE state IN ('outgoing', 'exception')"
        " UNION ALL SELECT 'sms' FROM sms_sms"
        "  WHERE state IN ('outgoing', 'process', 'error') AND NOT to_delete",
    )
    assert rows == []


@pytest.mark.parametrize(
    "name, words",
    [
        ("scheduled", "was not sent"),
        ("waiting", "was not sent"),
        ("text", "was not sent"),
        ("unclear", "Nobody knows whether"),
    ],
)
def test_invoice_says_that_its_message_did_not_leave(left, name, words):
    move = left.life.moves[name]
    assert words in notes(left.clinic, move)
    assert "uninstalled" in notes(left.clinic, move)
    assert left.clinic.admin.read("account.move", move, "state")["state"] == "draft"


def test_told_draft_asks_to_be_confirmed(left):
    assert "was told to pay" in notes(left.clinic, left.life.moves["told"])
    for name in ("draft", "delivered", "paid"):
        assert "uninstalled" not in notes(left.clinic, left.life.moves[name])


def test_what_somebody_is_asked_to_do_stays(left):
    (todo,) = left.clinic.admin.ids("mail.activity.type", name="To-Do")
    asked = left.clinic.admin.rpc.call(
        "mail.activity",
        "search_read",
        [["res_model", "=", "account.move"]],
        ["res_id", "summary", "activity_type_id"],
    )
    summaries = {row["res_id"]: row["summary"] for row in asked}
    for name, words in (("cancelled", "Credit this invoice"), ("failed", "message")):
        assert words in summaries[left.life.moves[name]]
    assert {row["activity_type_id"][0] for row in asked} == {todo}


# === ODOO AS BEFORE === #

# Where our name may still be read: of the module itself, and what was said to people.
# And of foreign keys, which Odoo forgets to forget.
NAMED = {
    "bus_bus",
    "ir_logging",
    "ir_model_constraint",
    "ir_module_module",
    "ir_module_module_dependency",
    "mail_activity",
    "mail_mail",
    "mail_message",
}


def test_nothing_of_it_is_left(left):
    database = left.clinic.database
    # the web client's bundles, which Odoo makes anew when somebody asks for them
    catalog.execute_in(
        database, "DELETE FROM ir_attachment WHERE url LIKE '/web/assets/%%'"
    )
    found = set()
    for table, texts in rows(database, "").items():
        if any("konfidens" in str(row).lower() for row in texts):
            found.add(table)
    assert found - NAMED == {"ir_model_data"}
    assert not catalog.execute_in(
        database,
        "SELECT module, name, model FROM ir_model_data"
        " WHERE (module LIKE '%%konfidens%%' OR name LIKE '%%konfidens%%')"
        " AND model <> 'ir.module.module' AND module <> '__export__'",
    )


def schema(database):
    """Columns, keys and indexes of a database: a set."""
    return {
        *catalog.execute_in(
            database,
            "SELECT table_name, column_name, data_type, is_nullable"
            "  FROM information_schema.columns WHERE table_schema = 'public'",
        ),
        *catalog.execute_in(
            database,
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
            "  FROM pg_constraint",
        ),
        *catalog.execute_in(
            database,
            "SELECT tablename, indexname, indexdef FROM pg_indexes"
            " WHERE schemaname = 'public'",
        ),
    }


def test_tables_are_those_of_odoo_alone(left):
    with test_database("test_plain", addon=False, modules="sms_twilio") as plain:
        assert schema(left.clinic.database) ^ schema(plain) == set()


def test_every_menu_opens(left):
    rpc = left.clinic.admin.rpc
    menus = rpc.call("ir.ui.menu", "load_web_menus", [], False)
    opened = 0
    for menu in menus.values():
        if menu["actionModel"] != "ir.actions.act_window":
            continue
        action = rpc.post("/web/action/load", action_id=menu["actionID"])
        opened += 1
        shown = rpc.call(
            action["res_model"],
            "get_views",
            views=[*action["views"], [False, "search"]],
            options={"action_id": action["id"], "load_filters": True},
        )
        for favourite in shown["views"]["search"].get("filters", []):
            assert not favourite["name"].startswith("Our "), favourite
        rpc.call(action["res_model"], "web_search_read", [], {"display_name": {}})
    assert opened > 40


def test_favourites_that_name_what_is_gone_are_archived(left):
    found = left.clinic.admin.rpc.call(
        "ir.filters",
        "search_read",
        [["name", "like", "r "]],
        ["name", "active"],
        context={"active_test": False},
    )
    found = {row["name"]: row["active"] for row in found}
    assert found["Their invoices"]
    assert not found["Our appointments"]
    assert not found["Our invoices"]
    assert "Our bookings" not in found


def test_invoice_is_printed_as_before(left):
    rpc = left.clinic.admin.rpc
    for name in ("delivered", "paid", "credited"):
        move = left.life.moves[name]
        number = left.clinic.admin.read("account.move", move, "name")["name"]
        action = rpc.call("account.move", "preview_invoice", [move])
        url = f"{left.clinic.server.url}{action['url']}"
        with urllib.request.urlopen(f"{url}&report_type=html", timeout=60) as page:
            text = page.read().decode()
        assert number in text
        assert "1,250.00" in text


def test_work_goes_on(left):
    """A new appointment, and an invoice that is posted and paid; and the told draft."""
    clinic, admin = left.clinic, left.clinic.admin
    start = utc_now() + timedelta(days=3)
    event = clinic.kari.book("Ingrid Solberg", start, title="As before")
    values = {"start": f"{start + timedelta(hours=1):%Y-%m-%d %H:%M:%S}"}
    clinic.kari.rpc.call("calendar.event", "write", [event], values)
    clinic.kari.rpc.call("calendar.event", "unlink", [event])
    (client,) = admin.ids("res.partner", name="Ingrid Solberg")
    (service,) = admin.ids("product.product", name="Psychotherapy, 45 minutes")
    line = {"product_id": service, "quantity": 1}
    values = {
        "move_type": "out_invoice",
        "partner_id": client,
        "invoice_line_ids": [[0, 0, line]],
    }
    (move,) = admin.rpc.call("account.move", "create", [values])
    told = left.life.moves["told"]
    admin.press("account.move", "action_post", move, told)
    for one in (move, told):
        left.life.register(one)
        state = admin.read("account.move", one, "payment_state")["payment_state"]
        assert state in ("paid", "in_payment")


# === AND BACK === #


def test_installed_again_it_bills_nothing_twice(left):
    clinic, admin = left.clinic, left.clinic.admin
    begin = clinic.server.log.stat().st_size
    before = rows(clinic.database)
    install(clinic, ADDON)
    assert troubles(clinic.server.log, begin) == []
    assert changed(before, rows(clinic.database)) == {}
    assert len(admin.ids("account.payment.term", name="14 Days")) == 1
    for name in GLUE_ALWAYS:
        assert admin.ids(MODULES, name=name, state="installed")
    bookings = admin.rpc.call(
        "konfidens.payment.booking",
        "search_read",
        [],
        ["payment_status", "is_settled", "invoice_id"],
    )
    assert len(bookings) > 200
    assert {row["payment_status"] for row in bookings} == {"external"}
    assert all(row["is_settled"] for row in bookings)
    assert not any(row["invoice_id"] for row in bookings)
    company = admin.read("res.company", 1, "payments_active", "payments_reminder_ids")
    assert company["payments_active"] is False
    assert company["payments_reminder_ids"]
    # and from then on as after the first installation
    mails = len(clinic.mail.mails)
    clinic.activate(payments_create_draft=False)
    for job in ("send_due", "complete_delivered", "remind", "send_receipts", "run"):
        clinic.run(job)
    assert len(clinic.mail.mails) == mails
    ((group,),) = catalog.execute_in(
        clinic.database,
        "SELECT res_id FROM ir_model_data"
        " WHERE module = %s AND name = 'group_payments_user'",
        [ADDON],
    )
    rights = {"group_ids": [[4, group]]}
    admin.rpc.call("res.users", "write", [clinic.kari.rpc.uid], rights)
    ((move, address),) = drafts(clinic.kari, 1, "anew").items()
    clinic.kari.send(move, channel="email")
    wait_for_posted(clinic, move)
    assert len(clinic.mail.to(address)) == 1


@pytest.mark.parametrize("glue", GLUE_ALWAYS)
def test_glue_goes_alone(left, glue):
    clinic = left.clinic
    begin = clinic.server.log.stat().st_size
    before = rows(clinic.database)
    uninstall(clinic, glue)
    assert troubles(clinic.server.log, begin) == []
    assert changed(before, rows(clinic.database)) == {}
    assert clinic.admin.ids(MODULES, name=ADDON, state="installed")
