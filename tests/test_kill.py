"""The server is killed (SIGKILL) in the middle of its work, and starts again.

More kills and more messages: ./dev kill.
"""

import pytest

from devtools.environment.clock import wait_until
from devtools.kill import failures
from devtools.kill.billing import Billing
from devtools.kill.breaking import break_while, random_lives
from devtools.kill.follow_ups import Receipts, Reminders
from devtools.kill.mails import Mails
from devtools.kill.sms import SmsMessages
from posted import wait_for_posted
from sms_fate import activities, give_up_interrupted, status

MESSAGES = 20
KILLS = 3


def assert_held(outcome, kills=KILLS):
    assert not outcome.faults(), vars(outcome)
    assert len(outcome.breaks) >= kills // 2, "it was hardly killed at all"


def kill(work, seed, pause=0.1, kills=KILLS, messages=MESSAGES):
    lives = random_lives(messages, kills, seed, pause)
    return break_while(work, lives, failures.server(work.made))


def test_while_mails_leave(clinic):
    outcome = kill(Mails(clinic, 40, "kill"), 19, kills=5, messages=40)
    assert_held(outcome, 5)


def test_while_reminders_leave(clinic):
    assert_held(kill(Reminders(clinic, MESSAGES, "killremind"), 4))


def test_while_receipts_leave(clinic):
    assert_held(kill(Receipts(clinic, MESSAGES, "killreceipt"), 10))


def test_while_drafts_are_made(clinic):
    assert_held(kill(Billing(clinic, 60, "killdraft", seed=5), 5, pause=1))


def test_while_a_billing_run_sends(clinic):
    assert_held(kill(Billing(clinic, MESSAGES, "killrun", seed=6, send=True), 6))


@pytest.fixture(scope="module")
def _two_jobs(_running_sms_practice):
    """Two jobs run at once from the next start on, as is Odoo's own default."""
    server = _running_sms_practice.server
    server.cron_threads = 2
    server.restart()
    yield
    server.cron_threads = 1
    server.restart()


@pytest.fixture
def both_ways(_two_jobs, sms_clinic):
    """An `SmsPractice` of which both channels are under way at once."""
    return sms_clinic


def test_while_sms_leave_and_are_reported(both_ways):
    assert_held(kill(SmsMessages(both_ways, MESSAGES, "killsms"), 7))


def test_while_sms_fail_and_go_by_mail(both_ways):
    assert_held(kill(SmsMessages(both_ways, MESSAGES, "killfail", trouble=True), 8))


def test_while_both_channels_leave(both_ways):
    assert_held(kill(SmsMessages(both_ways, MESSAGES, "killboth", channel="both"), 9))


def test_between_the_channels_a_person_is_told_of_the_sms(both_ways):
    """The mail completed the invoice; nobody knows whether the SMS left."""
    twilio = both_ways.twilio
    twilio.reports, twilio.delay = (), 30
    ((move, number),) = both_ways.drafts(1, "between").items()
    both_ways.kari.send(move, channel="both")
    twilio.wait_for(number)
    wait_for_posted(both_ways, move)
    both_ways.server.kill()
    both_ways.server.start()
    twilio.delay = 0
    give_up_interrupted(both_ways)
    both_ways.run("complete_delivered")
    assert status(both_ways, number) == "exception"
    wait_until(lambda: activities(both_ways, move), what="a person to be asked")
    (asked,) = activities(both_ways, move)
    assert "Ask the client before you send it again" in asked
    assert len(twilio.to(number)) == 1


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_while_one_leaves_for_several(both_ways, channel):
    work = SmsMessages(
        both_ways, MESSAGES // 2, f"killmany{channel}", channel=channel, each=3
    )
    assert_held(kill(work, 10, messages=MESSAGES // 2))
