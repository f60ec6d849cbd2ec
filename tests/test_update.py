"""Updating the addon (`-u`) in a practice that has made it its own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from apps import troubles
from devtools.database import catalog
from devtools.environment import odoo
from devtools.environment.clock import utc_now, wait_until
from devtools.environment.settings import ADDON, cache_folder
from devtools.practice.bookings import drafts
from devtools.practice.rpc import RpcError
from devtools.practice.sms_practice import sms_practice
from lived import Life, changed, rows

# What a practice has made and edited. Of accounting Odoo itself sets back some that
# nobody edits, where all is updated.
THEIRS = (
    "account_move",
    "account_partial_reconcile",
    "account_payment",
    "calendar_",
    "ir_cron",
    "ir_default",
    "ir_exports",
    "ir_filters",
    "ir_model_access",
    "ir_rule",
    "konfidens_",
    "mail_activity",
    "mail_mail",
    "mail_message",
    "mail_notification",
    "mail_template",
    "payment_transaction",
    "product_",
    "res_company",
    "res_partner",
    "sms_",
)
# What an administrator and the head of a practice edit: external id, language, values.
EDITS = [
    ("mail_template_payment", "en_US", {"subject": "Pay, please"}),
    ("mail_template_payment", "en_US", {"body_html": "<p>Our own words.</p>"}),
    ("mail_template_payment", "nb_NO", {"subject": "Vær så snill"}),
    ("mail_template_reminder", "nb_NO", {"subject": "Husk oss"}),
    ("mail_template_receipt", "en_US", {"email_from": "Us <us@example.com>"}),
    ("mail_template_appointment", "sv_SE", {"subject": "Välkommen"}),
    ("sms_template_payment", "en_US", {"body": "Pay: {{ object.pay_url }}"}),
    ("sms_template_payment", "nb_NO", {"body": "Betal: {{ object.pay_url }}"}),
    ("mail_activity_payment", "en_US", {"name": "Call them"}),
    ("account_payment_term_14days", "en_US", {"name": "A fortnight"}),
    ("konfidens_payment_message_rule_company", "en_US", {"active": False}),
    (
        "konfidens_payment_booking_rule_company",
        "en_US",
        {"domain_force": "[('company_id', 'in', [*company_ids, False])]"},
    ),
    ("ir_cron_prove", "en_US", {"active": False}),
    ("ir_cron_remind", "en_US", {"interval_number": 2, "interval_type": "hours"}),
    ("ir_exports_collection", "en_US", {"name": "For Collector AS"}),
]


def record(clinic, xml_id):
    """(model, id) of one of the addon's records."""
    ((model, key),) = catalog.execute_in(
        clinic.database,
        "SELECT model, res_id FROM ir_model_data WHERE module = %s AND name = %s",
        [ADDON, xml_id],
    )
    return model, key


def update(clinic, modules):
    """Update these modules by the command line; returns the errors in its log."""
    log = cache_folder() / "logs" / f"{clinic.database}-update.log"
    log.unlink(missing_ok=True)
    arguments = ["server", "-d", clinic.database, "-u", modules, "--stop-after-init"]
    arguments += ["--no-http", "--max-cron-threads=0"]
    try:
        odoo.run_quietly(arguments, f"update {modules}", log)
        return troubles(log)
    finally:
        log.unlink(missing_ok=True)


class Updated:
    """A practice before and after it was updated, with the server stopped."""

    def __init__(self, clinic):
        self.clinic = clinic
        self.life = Life(clinic).live()
        rpc = clinic.admin.rpc
        for xml_id, lang, values in EDITS:
            model, key = record(clinic, xml_id)
            rpc.call(model, "write", [key], values, context={"lang": lang})
        steps = clinic.admin.ids("konfidens.payment.reminder")
        rpc.call("konfidens.payment.reminder", "unlink", steps[1:])
        rpc.call("konfidens.payment.reminder", "write", steps[:1], {"days": 21})
        ways = clinic.admin.ids("konfidens.payment.method", name="Vipps")
        rpc.call("konfidens.payment.method", "write", ways, {"name": "Vipps at 5"})
        clinic.admin.save_settings(
            payments_delivery_limit_hours=48,
            payments_together=True,
            payments_bounce_wait_minutes=0,
        )
        clinic.server.stop()
        self.before = self.look()
        self.troubles = update(clinic, "all")
        self.after = self.look()
        # before a server looks: what it tries in vain once more waits for minutes
        clinic.mail.behave()
        clinic.mail.start()
        clinic.twilio.start()

    def look(self):
        found = rows(self.clinic.database, THEIRS)
        # some jobs of Odoo's own are set back, and one is woken
        del found["ir_cron_trigger"]
        found["ir_cron"] = [
            row for row in found["ir_cron"] if row["cron_name"].startswith("Payments:")
        ]
        return found


@pytest.fixture(scope="module")
def updated():
    """A practice that updated everything: an `Updated`."""
    with sms_practice(prefix="test_update") as clinic:
        yield Updated(clinic)


def test_everything_stays_as_the_practice_made_it(updated):
    assert changed(updated.before, updated.after) == {}
    assert len(updated.after["ir_cron"]) == 8  # one is that of electronic invoices
    assert updated.troubles == []


def test_every_edit_is_there(updated):
    updated.clinic.server.start()
    assert_edits(updated)


def assert_edits(updated):
    rpc = updated.clinic.admin.rpc
    for xml_id, lang, values in EDITS:
        model, key = record(updated.clinic, xml_id)
        (row,) = rpc.call(model, "read", [key], [*values], context={"lang": lang})
        assert {name: str(row[name]) for name in values} == {
            name: str(value) for name, value in values.items()
        }


def test_what_was_scheduled_goes_out_once_afterwards(updated):
    clinic, life = updated.clinic, updated.life
    catalog.execute_in(
        clinic.database,
        "UPDATE konfidens_payment_pause SET next_try_date = now() at time zone 'UTC'",
    )
    clinic.server.start()
    for name in ("scheduled", "waiting", "text"):
        (latest, *_older) = clinic.kari.messages(life.moves[name])
        if latest["state"] == "scheduled":
            clinic.kari.message(life.moves[name], "action_send_now")
    moves = [life.moves[name] for name in ("scheduled", "waiting", "text")]
    wait_until(lambda: clinic.wake_cron() or all_posted(clinic, moves), 90, "all")
    for name in ("scheduled", "waiting"):
        move = life.moves[name]
        (mail,) = clinic.mail.to(life.addresses[move])
        # written before it was edited, and afterwards
        written = "Payment for" if name == "waiting" else "Pay, please"
        assert mail.message["subject"].startswith(written)
    assert len(clinic.twilio.to(life.numbers[life.moves["text"]])) == 1
    assert clinic.admin.read("konfidens.payment.run", life.run, "state") == {
        "id": life.run,
        "state": "running",
    }


def all_posted(clinic, moves):
    posted = clinic.kari.rpc.call("account.move", "read", moves, ["state"])
    return all(row["state"] == "posted" for row in posted)


def test_nobody_gets_two_while_a_running_server_is_updated(updated):
    clinic = updated.clinic
    clinic.server.start()
    moves = drafts(clinic.kari, 30, "meanwhile")
    waiting = list(moves)
    clinic.kari.send(*waiting[:15], channel="email")
    with ThreadPoolExecutor(1) as pool:
        updating = pool.submit(update, clinic, ADDON)
        for move in waiting[15:]:
            wait_until(
                lambda move=move: sent(clinic, move), 60, "a message to be asked"
            )
        assert updating.result() == []
    wait_until(
        lambda: clinic.wake_cron() or all_posted(clinic, waiting),
        120,
        "the invoices to be posted",
    )
    assert {len(clinic.mail.to(address)) for address in moves.values()} == {1}
    assert_edits(updated)


def sent(clinic, move):
    """Ask for the message of an invoice; False where Odoo cannot just now."""
    if clinic.kari.messages(move):
        return True
    try:
        clinic.kari.send(move, channel="email", at=utc_now() + timedelta(seconds=1))
    except RpcError:
        return False
    return True
