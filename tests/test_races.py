"""Two who want different things of one invoice at the same moment, in both orders.

One of them is stopped in the middle of its transaction (`pauses`);
then the other comes. It must get a clear sentence, or wait; nothing may be half done.
"""

import urllib.request
from datetime import timedelta

import pytest

from contested_draft import ContestedDraft
from devtools.environment.clock import utc_now, wait_until
from devtools.practice.jobs import run_cron
from devtools.practice.rpc import RpcError
from pauses import (
    Gate,
    Press,
    holding,
    holding_hand_over,
    holding_lines,
    rewrite_all_rows,
    wait_until_waiting,
)
from payment_mails import mails_to

USER_ERROR = "odoo.exceptions.UserError"
BUSY = "Somebody else is working on this"


@pytest.fixture
def race(clinic, request):
    name = request.node.name.removeprefix("test_").lower()
    return ContestedDraft(clinic, "".join(filter(str.isalnum, name)))


def refused(act):
    """What the user reads who is refused; an error if it is no sentence."""
    with pytest.raises(RpcError) as caught:
        act()
    assert caught.value.name == USER_ERROR, caught.value.debug
    return str(caught.value)


# === THE JOB THAT SENDS === #


def test_everything_against_the_hand_over(clinic, race):
    before = race.kari.appointment(race.appointment)
    acts = race.everything_a_user_does()
    with holding_hand_over(clinic.database):
        race.kari.send(race.move)
        wait_until_waiting(clinic.database)
        said = {name: refused(act) for name, act in acts.items()}
    for name in acts.keys() - {"send now", "call off"}:
        assert BUSY in said[name], (name, said[name])
    race.assert_done_once(amount=before["price"])
    after = race.kari.appointment(race.appointment)
    for name in ("start", "price", "client_id", "externally_billed", "invoice_id"):
        assert after[name] == before[name] or name == "invoice_id"
    assert after["invoice_id"][0] == race.move


def test_accountant_edits_the_draft_while_it_is_handed_over(clinic, race):
    price = race.invoice()["amount_total"]
    with holding_hand_over(clinic.database):
        race.kari.send(race.move)
        wait_until_waiting(clinic.database)
        edit = Press(lambda: race.edit_line(price + 100))
        wait_until_waiting(clinic.database, 2)
    said = refused(edit.result)
    # by then it was handed over, or completed already
    assert "has been told" in said or "on a posted move" in said
    race.assert_done_once(amount=price)


@pytest.mark.parametrize("act", ["cancel", "externally"])
def test_called_off_before_the_job_comes(clinic, race, act):
    acts = race.everything_a_user_does()
    race.schedule()
    with holding_lines(clinic.database, race.move):
        press = Press(acts[act])
        wait_until_waiting(clinic.database)
        wait_until_due(race)
        run_cron(clinic, "send_due")
        assert race.state() == "scheduled"
    press.result()
    race.assert_called_off()


def test_price_changed_before_the_job_comes(clinic, race):
    race.schedule()
    with holding_lines(clinic.database, race.move):
        press = Press(lambda: race.change(price=700.0))
        wait_until_waiting(clinic.database)
        wait_until_due(race)
        run_cron(clinic, "send_due")
        assert race.state() == "scheduled"
    press.result()
    run_cron(clinic, "send_due")
    race.assert_done_once(amount=700.0)
    (mail,) = clinic.mail.to(race.address)
    assert "700" in mail.text()


def wait_until_due(race):
    due = race.kari.messages(race.move)[0]["scheduled_date"]
    wait_until(lambda: f"{utc_now()}" > due)


@pytest.mark.parametrize("called_off", [False, True])
def test_changed_between_the_look_and_the_lock(clinic, race, called_off):
    """The job saw it due; when it gets its lock, somebody was there before."""
    race.schedule()
    (message,) = race.kari.ids("konfidens.payment.message", move_ids=race.move)
    table = "LOCK TABLE konfidens_payment_message IN EXCLUSIVE MODE"
    with holding(clinic.database, table) as cursor:
        wait_until_due(race)
        clinic.wake_cron()
        wait_until_waiting(clinic.database)
        cursor.execute(
            "UPDATE konfidens_payment_message SET state = %s WHERE id = %s",
            ["cancelled" if called_off else "scheduled", message],
        )
    if called_off:
        run_cron(clinic, "send_due")
        assert not mails_to(clinic, race.address)
    else:
        # at once, not at the next periodic run
        race.assert_done_once()


def test_second_job_of_the_same_kind(clinic, race):
    twin = make_twin(clinic, "_cron_send_due")
    (original,) = clinic.admin.ids(
        "ir.cron", cron_name="Payments: send due payment messages"
    )
    with holding_hand_over(clinic.database):
        race.kari.send(race.move)
        wait_until_waiting(clinic.database)
        said = refused(lambda: clinic.admin.press(*DIRECTLY, original))
        assert "already executing" in said
        clinic.admin.press(*DIRECTLY, twin)  # finds nothing that it could lock
    race.assert_done_once()


def test_second_job_while_a_mail_leaves(clinic, race):
    twin = make_twin(clinic, "_cron_send_due")
    with Gate(clinic.mail, race.address) as gate:
        race.kari.send(race.move)
        gate.wait_for_mail()
        clinic.admin.press(*DIRECTLY, twin)  # leaves it to the first
    race.assert_done_once()


DIRECTLY = ("ir.cron", "method_direct_trigger")


def make_twin(clinic, method):
    """Another job that calls the same method; it runs only when somebody says so."""
    rpc = clinic.admin.rpc
    domain = [["model", "=", "konfidens.payment.message"]]
    (model,) = rpc.call("ir.model", "search", domain)
    values = {
        "name": "Twin",
        "model_id": model,
        "state": "code",
        "code": f"model.{method}()",
        "active": False,
    }
    return rpc.call("ir.cron", "create", [values])[0]


# === THE MAIL ITSELF === #


@pytest.mark.parametrize("act", ["cancel", "externally"])
def test_called_off_while_the_mail_leaves(clinic, race, act):
    acts = race.everything_a_user_does()
    with Gate(clinic.mail, race.address) as gate:
        race.kari.send(race.move)
        gate.wait_for_mail()
        assert "is leaving at this moment" in refused(acts[act])
    race.assert_done_once()


def test_completed_by_hand_while_the_mail_leaves(clinic, race):
    with Gate(clinic.mail, race.address) as gate:
        race.kari.send(race.move)
        gate.wait_for_mail()
        race.press("action_complete_invoice")
        number = race.invoice()["name"]
    race.assert_done_once()
    assert race.invoice()["name"] == number


def test_anything_is_written_while_the_mail_leaves(clinic, race):
    """What was sent is noted in a transaction that nothing can refuse any more."""
    with Gate(clinic.mail, race.address) as gate:
        race.kari.send(race.move)
        gate.wait_for_mail()
        rewrite_all_rows(clinic.database)
    race.assert_done_once()


# === THE JOB THAT COMPLETES === #


def test_everything_against_the_completion(clinic, race):
    acts = race.everything_a_user_does()
    link = race.kari.read("account.move", race.move, "pay_url")["pay_url"]
    with holding_lines(clinic.database, race.move):
        race.kari.send(race.move)
        wait_until_waiting(clinic.database)
        for name in ("cancel", "externally", "complete", "another price"):
            assert BUSY in refused(acts[name]), name
        # who opens the link meanwhile does not wait
        pages = [open_page(clinic, link) for _i in range(3)]
        assert all("being prepared" in page for page in pages)
    race.assert_done_once()
    assert race.invoice()["name"] in open_page(clinic, link)


def test_completed_by_hand_before_the_job_comes(clinic, race):
    with Gate(clinic.mail, race.address) as gate:
        race.kari.send(race.move)
        gate.wait_for_mail()
        with holding_lines(clinic.database, race.move):
            press = Press(lambda: race.press("action_complete_invoice"))
            wait_until_waiting(clinic.database)
            gate.open()
            run_cron(clinic, "complete_delivered")
            assert race.state() == "sent"
    press.result()
    run_cron(clinic, "complete_delivered")
    race.assert_done_once()


def test_link_opened_before_the_job_comes(clinic, race):
    link = race.kari.read("account.move", race.move, "pay_url")["pay_url"]
    with Gate(clinic.mail, race.address) as gate:
        race.kari.send(race.move)
        gate.wait_for_mail()
        with holding_lines(clinic.database, race.move):
            press = Press(lambda: open_page(clinic, link))
            wait_until_waiting(clinic.database)
            gate.open()
            run_cron(clinic, "complete_delivered")
            assert race.state() == "sent"
    page = press.result()
    assert race.invoice()["name"] in page
    race.assert_done_once()
    assert "Pay link opened" in race.kari.messages(race.move)[0]["evidence"]


def open_page(clinic, link):
    """What a stranger sees behind a pay link, on this test's server."""
    path = link[link.index("/p/") :]
    with urllib.request.urlopen(clinic.server.url + path, timeout=30) as answer:
        return answer.read().decode()


@pytest.mark.parametrize("called_off", [False, True])
def test_completion_begins_anew(clinic, race, called_off):
    """The job saw it delivered; before it gets its lock, somebody writes there."""
    table = "LOCK TABLE konfidens_payment_message IN EXCLUSIVE MODE"
    with Gate(clinic.mail, race.address) as gate:
        race.kari.send(race.move)
        gate.wait_for_mail()
        with holding(clinic.database, table) as cursor:
            gate.open()
            wait_until_waiting(clinic.database)
            cursor.execute(
                "UPDATE konfidens_payment_message SET state = %s WHERE id IN"
                " (SELECT message_id FROM konfidens_payment_message_line"
                "   WHERE move_id = %s)",
                ["cancelled" if called_off else "sent", race.move],
            )
    if called_off:
        run_cron(clinic, "complete_delivered")
        assert race.invoice()["state"] == "draft"
    else:
        race.assert_done_once()


# === THE SAME BUTTON AT ONCE === #


def test_send_now_pressed_again_and_again(clinic, race):
    race.kari.send(race.move, at=utc_now() + timedelta(days=1))
    desks = [clinic.user(login) for login in ("kari", "admin", "kari", "admin")]
    presses = [
        Press(lambda desk=desk: desk.message(race.move, "action_send_now"))
        for desk in desks
    ]
    said = []
    for press in presses:
        try:
            press.result()
        except RpcError as error:
            assert error.name == USER_ERROR, error.debug
            said.append(str(error))
    assert len(said) < len(desks), "nobody could"
    assert all(BUSY in words or "has changed meanwhile" in words for words in said), (
        said
    )
    race.assert_done_once()
