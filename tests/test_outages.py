"""Servers that stop while messages are on their way, and people who work meanwhile.

More messages, and broken more often: ./dev kill --what.
"""

import pytest

from devtools import strikes
from devtools.crowd import drafts, mails_to, run_cron
from devtools.kill import kill_ours, let_time_pass, random_lives
from devtools.outages import SECONDS_PER_STRIKE, practice_on_own_postgres
from devtools.people import People
from devtools.practice import wait_until

MESSAGES = 24
STRIKES = 5
# So slow is the mail server that one server does not do it all while the other starts.
PACE = SECONDS_PER_STRIKE * STRIKES / MESSAGES


def assert_held(outcome, people):
    assert outcome.held(), vars(outcome)
    assert outcome.kills >= 2, "hardly anything was broken"
    assert people.counts(), "nobody could do anything"


def test_two_servers_killed_while_people_work(clinic):
    people = People(clinic, seed=2)
    lives = random_lives(MESSAGES, STRIKES, seed=2)
    with strikes.two_servers(clinic, seed=2) as strike:
        outcome = kill_ours(clinic, MESSAGES, lives, "two", strike, people, PACE)
    assert_held(outcome, people)


def test_mail_server_stops_and_starts_while_people_work(clinic):
    people = People(clinic, seed=3)
    lives = random_lives(MESSAGES, STRIKES, seed=3)
    strike = strikes.mail_server(clinic, seed=3)
    outcome = kill_ours(clinic, MESSAGES, lives, "smtp", strike, people)
    assert_held(outcome, people)


@pytest.fixture
def own_clinic():
    with practice_on_own_postgres() as running:
        yield running


def test_postgres_restarted_while_people_work(own_clinic):
    practice, home = own_clinic
    people = People(practice, seed=4)
    lives = random_lives(MESSAGES, STRIKES - 2, seed=4)
    strike = strikes.postgres(home, seed=4)
    outcome = kill_ours(practice, MESSAGES, lives, "pg", strike, people)
    assert_held(outcome, people)


def wait_until_it_waits(clinic, move):
    wait_until(lambda: clinic.kari.messages(move)[0]["failure_reason"])
    assert clinic.kari.messages(move)[0]["state"] == "sent"


def test_called_off_while_the_mail_server_is_down(clinic):
    cancelled, external, paid = moves = drafts(clinic.kari, 3, "calledoff")
    addresses = list(moves.values())
    (appointment,) = clinic.kari.ids("calendar.event", invoice_id=cancelled)
    clinic.mail.stop()
    clinic.kari.send(*moves)
    for move in moves:
        wait_until_it_waits(clinic, move)
    clinic.kari.rpc.call("calendar.event", "unlink", [appointment])
    clinic.kari.press("account.move", "action_bill_externally", external)
    pay_at_the_desk(clinic, paid)
    clinic.mail.start()

    def look():
        let_time_pass(clinic)
        run_cron(clinic, "send_due")
        states = {clinic.admin.messages(move)[0]["state"] for move in moves}
        return states == {"cancelled"}

    wait_until(look, 60, "the messages to be called off")
    assert not any(mails_to(clinic, address) for address in addresses)


def pay_at_the_desk(clinic, move):
    clinic.kari.press("account.move", "action_complete_invoice", move)
    rpc = clinic.admin.rpc
    context = {"active_model": "account.move", "active_ids": [move]}
    model = "account.payment.register"
    wizard = rpc.call(model, "create", [{}], context=context)
    rpc.call(model, "action_create_payments", wizard, context=context)
    assert clinic.kari.read("account.move", move, "payment_state")["payment_state"] in (
        "paid",
        "in_payment",
    )
