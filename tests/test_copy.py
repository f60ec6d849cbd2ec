"""A copy for tests, made as Odoo makes it, on which everything is switched on again."""

import time
import urllib.request

import pytest

from devtools.database import catalog
from devtools.environment import odoo
from devtools.environment.clock import wait_until
from devtools.environment.settings import cache_folder
from devtools.practice.bookings import drafts
from devtools.practice.jobs import job_id, press_run_manually, run_cron
from devtools.practice.running import practice
from payment_mails import mails_to

# The worst that somebody does with a copy: the jobs that send, with the mail server of
# the original, and all that waits is due.
_SWITCH_ON = """
    UPDATE ir_cron SET active = true, nextcall = now() at time zone 'UTC'
     WHERE cron_name LIKE 'Payments:%%' OR cron_name LIKE '%%Queue Manager';
    DELETE FROM ir_mail_server;
    UPDATE mail_mail SET scheduled_date = NULL;
    UPDATE konfidens_payment_message SET next_try_date = NULL;
"""
# Our jobs, and Odoo's own queue, which would take over what was handed over.
JOBS = ("send_due", "send_sms", "complete_delivered")
QUEUE = "mail.ir_cron_mail_scheduler_action"


def get(url):
    """Status and text of a page, as one gets it who is not logged in."""
    with urllib.request.urlopen(url, timeout=60) as page:
        return page.status, page.read().decode()


@pytest.fixture(scope="module")
def original():
    """A practice with a message that is scheduled, and one that was handed over."""
    with practice(prefix="test_copy") as running:
        yield running


def test_nothing_leaves_a_copy(original):
    scheduled, waiting = moves = drafts(original.kari, 2, "copied")
    addresses = list(moves.values())
    original.mail.stop()
    original.kari.send(waiting)
    wait_until(
        lambda: original.kari.messages(waiting)[0]["failure_reason"],
        what="the mail server to be missed",
    )
    original.server.stop()
    neutralize(original)
    catalog.execute_in(original.database, _SWITCH_ON)
    original.mail.start()
    original.server.start()
    kari = original.user("kari")
    told = press_send_now(kari, scheduled)
    assert "This database is a copy for tests" in told["params"]["message"]
    (notice,) = kari.rpc.call("konfidens.payment.booking", "get_payment_notices")
    assert "This database is a copy for tests" in notice["text"]
    assert get(f"{original.server.url}/konfidens_payments/health")[0] == 200

    original.admin = original.user("admin")
    for job in JOBS:
        run_cron(original, job)
    let_odoo_send(original)
    assert not any(mails_to(original, address) for address in addresses)
    assert kari.messages(scheduled)[0]["state"] == "scheduled"
    assert kari.messages(waiting)[0]["state"] == "sent"

    link = kari.read("account.move", waiting, "pay_url")["pay_url"]
    status, page = get(f"{original.server.url}/p/{link.rsplit('/', 1)[1]}")
    assert status == 200
    assert "This is a copy for tests" in page
    assert "1,250" not in page
    assert kari.messages(waiting)[0]["state"] == "sent"
    assert kari.invoice(waiting)["state"] == "draft"


def neutralize(original):
    log = cache_folder() / "logs" / f"{original.database}-neutralize.log"
    odoo.run_quietly(["neutralize", "-d", original.database], "neutralize", log)
    log.unlink()


def press_send_now(kari, move):
    """Send a draft's message by the dialog's *Send Now*; returns what it answers."""
    shown = kari.open_dialog(move)
    model = "konfidens.payment.message.wizard"
    saved = kari.rpc.call(
        model, "web_save", [], {"send_mode": "now"}, {}, context=shown["context"]
    )
    return kari.press(model, "action_confirm", saved[0]["id"])


def let_odoo_send(original):
    """Run Odoo's own queue, and see that it works: another mail leaves by it."""
    rpc = original.admin.rpc
    mail = {
        "body_html": "Hello",
        "email_from": "post@praksis.example.com",
        "email_to": "else@example.com",
    }
    rpc.call("mail.mail", "create", [mail])
    end = time.monotonic() + 60
    while not original.mail.to("else@example.com"):
        press_run_manually(original, job_id(original, QUEUE))
        assert time.monotonic() < end, "Odoo's queue sends"
