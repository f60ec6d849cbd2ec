"""Servers that stop while messages are on their way, and people who work meanwhile.

More messages, and broken more often: ./dev kill --what.
"""

import pytest

from devtools.environment.clock import wait_until
from devtools.kill import failures
from devtools.kill.breaking import break_while, let_time_pass, random_lives
from devtools.kill.colleagues import Colleagues
from devtools.kill.mails import Mails
from devtools.kill.scenarios import SECONDS_PER_FAILURE, practice_on_own_postgres
from devtools.practice.bookings import drafts
from devtools.practice.jobs import run_cron
from payment_mails import mails_to

MESSAGES = 24
FAILURES = 5
# So slow is the mail server that one server does not do it all while the other starts.
PACE = SECONDS_PER_FAILURE * FAILURES / MESSAGES


def assert_held(outcome, people):
    assert not outcome.faults(), vars(outcome)
    assert len(outcome.breaks) >= 2, "hardly anything was broken"
    assert people.counts(), "nobody could do anything"


def test_two_servers_killed_while_people_work(clinic):
    people = Colleagues(clinic, seed=2)
    lives = random_lives(MESSAGES, FAILURES, seed=2)
    with failures.two_servers(clinic, seed=2) as failure:
        work = Mails(clinic, MESSAGES, "two", colleagues=people, seconds=PACE)
        outcome = break_while(work, lives, failure)
    assert_held(outcome, people)


def test_mail_server_stops_and_starts_while_people_work(clinic):
    people = Colleagues(clinic, seed=3)
    lives = random_lives(MESSAGES, FAILURES, seed=3)
    failure = failures.mail_server(clinic, seed=3)
    work = Mails(clinic, MESSAGES, "smtp", colleagues=people)
    outcome = break_while(work, lives, failure)
    assert_held(outcome, people)


@pytest.mark.parametrize("workers", [0, 1])
def test_postgres_restarted_while_people_work(workers):
    with practice_on_own_postgres(workers) as (practice, cluster, restarts):
        people = Colleagues(practice, seed=4)
        lives = random_lives(MESSAGES, FAILURES - 2, seed=4)
        work = Mails(practice, MESSAGES, "pg", colleagues=people)
        work.other_breaks = restarts
        outcome = break_while(work, lives, failures.postgres(cluster, seed=4))
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
    clinic.admin.register_payment(move)
    assert clinic.kari.read("account.move", move, "payment_state")["payment_state"] in (
        "paid",
        "in_payment",
    )
