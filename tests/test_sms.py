"""Payment messages by SMS on a running server: sent, reported, completed."""

import re
import urllib.request
from datetime import datetime, timedelta, timezone

from devtools.database import catalog
from devtools.environment.clock import utc_now, wait_until
from devtools.practice.running import FUTURE
from payment_mails import mails_to
from posted import wait_for_posted
from sms_fate import activities, status


def send_one(clinic, prefix):
    """Send one invoice's message, of which nothing is reported by itself.

    :return: the invoice's id and the `Sms`, when Odoo has the provider's answer
    """
    clinic.twilio.reports = ()
    ((move, number),) = clinic.drafts(1, prefix).items()
    clinic.kari.send(move)
    sms = clinic.twilio.wait_for(number)
    wait_until(lambda: status(clinic, number) == "pending", what="the answer")
    return move, sms


def everything(clinic, move):
    """All that an SMS's report could change about an invoice, row by row."""
    return [
        catalog.execute_in(clinic.database, statement, [move])
        for statement in (
            "SELECT * FROM account_move WHERE id = %s",
            "SELECT * FROM konfidens_payment_message_line line"
            " JOIN konfidens_payment_message message ON message.id = line.message_id"
            " WHERE line.move_id = %s",
            "SELECT n.* FROM mail_notification n JOIN mail_message m"
            " ON m.id = n.mail_message_id"
            " WHERE m.model = 'account.move' AND m.res_id = %s",
        )
    ]


def test_sent_when_due_and_completed_when_delivered(sms_clinic):
    kari, twilio = sms_clinic.kari, sms_clinic.twilio
    twilio.reports = ("queued", "sent")
    ((move, number),) = sms_clinic.drafts(1, "due").items()
    at = utc_now() + timedelta(seconds=3)
    kari.send(move, at=at)
    assert twilio.to(number) == []

    def look():
        sms_clinic.wake_cron()
        return twilio.to(number)

    (sms,) = wait_until(look, FUTURE, "the SMS to go out")
    assert datetime.fromtimestamp(sms.time, timezone.utc).replace(tzinfo=None) >= at

    # with the network, but not on the phone
    wait_until(lambda: status(sms_clinic, number) == "pending")
    sms_clinic.run("complete_delivered")
    assert kari.invoice(move)["state"] == "draft"
    assert kari.messages(move)[0]["state"] == "sent"

    assert twilio.report(sms, "delivered") == 200
    wait_for_posted(sms_clinic, move)
    (message,) = kari.messages(move)
    assert message["state"] == "delivered"
    assert "SMS" in message["evidence"]
    assert number not in message["evidence"]
    assert len(twilio.to(number)) == 1
    assert mails_to(sms_clinic, "due00@example.com") == []
    (appointment,) = kari.ids("calendar.event", invoice_id=move)
    assert kari.appointment(appointment)["payment_status"] == "unpaid"


def test_the_text_says_nothing_of_the_treatment_and_its_link_works(sms_clinic):
    kari = sms_clinic.kari
    move, sms = send_one(sms_clinic, "text")
    for confidential in ("Very private", "Psychotherapy", "45 minutes"):
        assert confidential not in sms.text
    assert "1,250" in sms.text
    assert sms.sender == sms_clinic.twilio.number
    (link,) = re.findall(r"https?://\S+", sms.text)
    assert link == kari.read("account.move", move, "pay_url")["pay_url"]
    # opening it is delivery
    with urllib.request.urlopen(link) as page:
        told = page.read().decode()
    assert 'data-state="to_pay"' in told
    assert "Psychotherapy" not in told
    posted = kari.invoice(move)
    assert posted["state"] == "posted" and posted["name"] in told
    assert "Pay link opened" in kari.messages(move)[0]["evidence"]
    # its report is late then, and changes nothing
    assert sms_clinic.twilio.report(sms, "delivered") == 200
    sms_clinic.run("complete_delivered")
    assert kari.invoice(move) == posted


def test_both_channels(sms_clinic):
    kari, twilio = sms_clinic.kari, sms_clinic.twilio
    sms_clinic.choose(payments_channel="both")
    # the mail is accepted before the SMS is reported: one is enough
    move, sms = send_one(sms_clinic, "both")
    wait_for_posted(sms_clinic, move)
    posted = kari.invoice(move)
    assert len(mails_to(sms_clinic, "both00@example.com")) == 1
    assert twilio.report(sms, "delivered") == 200
    sms_clinic.run("complete_delivered")
    assert kari.invoice(move) == posted
    assert len(twilio.to(sms.number)) == 1
    # and the SMS, if the mail server is down
    sms_clinic.mail.stop()
    move, sms = send_one(sms_clinic, "nomail")
    assert twilio.report(sms, "delivered") == 200
    wait_for_posted(sms_clinic, move)
    assert "SMS" in kari.messages(move)[0]["evidence"]


def test_reports_out_of_order_and_doubled(sms_clinic):
    kari, twilio = sms_clinic.kari, sms_clinic.twilio
    move, sms = send_one(sms_clinic, "order")
    for state in ("delivered", "delivered", "sent", "queued"):
        assert twilio.report(sms, state) == 200
    wait_for_posted(sms_clinic, move)
    before = everything(sms_clinic, move)
    for state in ("sent", "delivered", "queued"):
        assert twilio.report(sms, state) == 200
    sms_clinic.run("complete_delivered")
    assert everything(sms_clinic, move) == before
    (message,) = kari.messages(move)
    assert message["state"] == "delivered" and not message["failure_reason"]


def test_delivered_before_the_provider_answers(sms_clinic):
    twilio = sms_clinic.twilio
    twilio.delay = 1
    ((move, number),) = sms_clinic.drafts(1, "early").items()
    twilio.reports = ("delivered",)
    sms_clinic.kari.send(move)
    wait_for_posted(sms_clinic, move)
    sms_clinic.run("send_sms")
    assert len(twilio.to(number)) == 1
    assert status(sms_clinic, number) == "sent"
    assert sms_clinic.kari.messages(move)[0]["state"] == "delivered"


def test_report_after_the_message_was_given_up(sms_clinic):
    kari, twilio = sms_clinic.kari, sms_clinic.twilio
    move, sms = send_one(sms_clinic, "late")
    catalog.execute_in(
        sms_clinic.database,
        "UPDATE konfidens_payment_message SET give_up_date = sent_date WHERE id IN"
        " (SELECT message_id FROM konfidens_payment_message_line WHERE move_id = %s)",
        [move],
    )
    sms_clinic.run("complete_delivered")
    (message,) = kari.messages(move)
    assert message["state"] == "failed"
    assert "Nobody confirmed within 24 hours" in message["failure_reason"]
    assert kari.invoice(move)["state"] == "draft"
    assert len(activities(sms_clinic, move)) == 1

    assert twilio.report(sms, "delivered") == 200
    wait_for_posted(sms_clinic, move)
    assert [row["state"] for row in kari.messages(move)] == ["delivered"]
    assert activities(sms_clinic, move) == []
    assert len(twilio.to(sms.number)) == 1


def test_undelivered_asks_and_believes_a_later_delivery(sms_clinic):
    kari, twilio = sms_clinic.kari, sms_clinic.twilio
    move, sms = send_one(sms_clinic, "undelivered")
    assert twilio.report(sms, "undelivered") == 200
    wait_until(lambda: kari.messages(move)[0]["state"] == "failed")
    (asked,) = activities(sms_clinic, move)
    assert kari.messages(move)[0]["failure_reason"] in asked
    # out of order: it says nothing new
    assert twilio.report(sms, "sent") == 200
    sms_clinic.run("complete_delivered")
    assert kari.messages(move)[0]["state"] == "failed"
    assert len(activities(sms_clinic, move)) == 1
    assert twilio.report(sms, "delivered") == 200
    wait_for_posted(sms_clinic, move)


def test_forged_reports_change_nothing(sms_clinic):
    twilio = sms_clinic.twilio
    move, sms = send_one(sms_clinic, "forged")
    before = everything(sms_clinic, move)
    for state in ("delivered", "undelivered", "failed"):
        assert twilio.report(sms, state, token="guessed") == 404
    sms_clinic.run("complete_delivered")
    assert everything(sms_clinic, move) == before
    assert twilio.report(sms, "delivered") == 200
    wait_for_posted(sms_clinic, move)
