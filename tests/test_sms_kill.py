"""The server is killed (SIGKILL) while it sends SMS: none is ever repeated."""

import contextlib
import random
import time

from devtools import catalog
from devtools.practice import wait_until

KILLS = 4
MESSAGES = 12


def no_queue(clinic, moves):
    """Let the job run; returns whether no SMS of these invoices is left to send."""
    clinic.run("send_due")
    clinic.run("send_sms")
    ((left,),) = catalog.execute_in(
        clinic.database,
        "SELECT count(*) FROM mail_notification WHERE notification_status = 'ready'"
        " AND sms_number = ANY(%s)",
        [list(moves.values())],
    )
    return not left


def test_killed_while_it_sends(sms_clinic):
    twilio = sms_clinic.twilio
    twilio.reports = ()
    twilio.delay = 0.1
    moments = random.Random(4)
    moves = sms_clinic.drafts(MESSAGES, "killed")
    sms_clinic.kari.send(*moves)

    def taken():
        return [sms for sms in twilio.taken if sms.number in moves.values()]

    for _kill in range(KILLS):
        wanted = len(taken()) + moments.randint(1, 3)

        def enough(wanted=wanted):
            sms_clinic.wake_cron()  # who just started looks after a minute else
            return len(taken()) >= wanted

        with contextlib.suppress(TimeoutError):  # all are under way
            wait_until(enough, 6)
        time.sleep(moments.uniform(0, 0.15))  # nothing to wait for: any moment will do
        sms_clinic.server.kill()
        sms_clinic.server.start()
    twilio.delay = 0
    wait_until(lambda: no_queue(sms_clinic, moves), 60, "the SMS to be sent")

    numbers = [sms.number for sms in taken()]
    assert len(set(numbers)) == len(numbers), "an SMS was repeated"
    # Of one that was under way nobody knows; its report tells, or its absence.
    for sms in taken():
        assert twilio.report(sms, "delivered") == 200
    arrived = [move for move, number in moves.items() if number in numbers]
    sms_clinic.wait_for_posted(*arrived)
    interrupted = [move for move in moves if move not in arrived]
    assert len(interrupted) <= KILLS
    sms_clinic.give_up_interrupted()
    for move in interrupted:
        message = sms_clinic.wait_for_state(move, "failed")
        assert "Ask the client before you send it again" in message["failure_reason"]
        assert len(sms_clinic.activities(move)) == 1
    assert len(taken()) == len(numbers)
