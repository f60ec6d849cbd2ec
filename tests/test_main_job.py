"""From the old booking to the posted invoice, on a running server."""

import html
import re
import urllib.request
from datetime import datetime, timedelta, timezone

import pytest

from devtools.environment.clock import utc_now, wait_until
from devtools.practice.bookings import drafts
from devtools.practice.rpc import RpcError
from devtools.practice.running import FUTURE
from payment_mails import mails_to


def is_posted(desk, move):
    return lambda: desk.invoice(move)["state"] == "posted"


def test_the_whole_job_of_an_old_booking(clinic):
    kari = clinic.kari
    old = kari.ids("calendar.event", name="Ingrid, anxiety")[-1]
    before = kari.appointment(old)
    assert before["externally_billed"] and before["is_settled"]
    assert (before["payment_status"], before["invoice_id"]) == ("external", False)

    move = kari.create_invoice(old)
    draft = kari.invoice(move)
    assert (draft["state"], draft["name"], draft["invoice_date"]) == (
        "draft",
        False,
        False,
    )
    assert draft["amount_total"] == 1250
    assert kari.appointment(old)["payment_status"] == "draft"
    assert not kari.appointment(old)["is_settled"]

    shown = kari.send(move)
    mail = clinic.mail.wait_for(
        lambda mail: "ingrid.solberg@example.com" in mail.recipients
    )
    assert mail.message["subject"] == shown["subject"]
    assert mail.recipients == ["ingrid.solberg@example.com"]
    for header in ("from", "reply-to"):
        assert "post@praksis.example.com" in mail.message[header]
    (link,) = set(re.findall(r'href="(http[^"]*)"', mail.html()))
    assert link.startswith(clinic.server.url)

    wait_until(is_posted(kari, move))
    posted = kari.invoice(move)
    assert posted["name"] and posted["invoice_date"] and posted["invoice_date_due"]
    assert kari.appointment(old)["payment_status"] == "unpaid"
    (message,) = kari.messages(move)
    assert message["state"] == "delivered"
    assert "i…@example.com accepted" in message["evidence"]
    assert len(clinic.mail.to("ingrid.solberg@example.com")) == 1

    # what the client is told, without login
    with urllib.request.urlopen(html.unescape(link)) as page:
        told = page.read().decode()
    told += mail.message.as_string() + mail.text() + mail.html()
    assert "Ingrid Solberg" in told
    for confidential in ("anxiety", "Psychotherapy"):
        assert confidential not in told


def test_a_new_booking_is_to_be_invoiced(clinic):
    service = "Physiotherapy, 30 minutes"
    start = datetime(2026, 6, 1, 10, 0)
    appointment = clinic.ola.book("Aisha Rahman", start, service)
    for booking in (
        clinic.ola.appointment(appointment),
        clinic.ola.booking(*clinic.ola.bookings(appointment)),
    ):
        assert booking["client_id"][1] == "Aisha Rahman"
        assert booking["price"] == 690
        assert booking["payment_status"] == "to_invoice"
        assert not booking["is_settled"]


def test_a_scheduled_message_goes_out_by_itself(clinic):
    kari = clinic.kari
    (move, address), (called_off, other) = drafts(kari, 2, "later").items()
    at = utc_now() + timedelta(seconds=6)
    kari.send(move, called_off, at=at)
    kari.message(called_off, "action_cancel")
    assert kari.messages(move)[0]["state"] == "scheduled"
    assert mails_to(clinic, address) == []

    wait_until(is_posted(kari, move), FUTURE, "the scheduled message to go out")
    (mail,) = clinic.mail.to(address)
    assert datetime.fromtimestamp(mail.time, timezone.utc).replace(tzinfo=None) >= at
    assert kari.invoice(called_off)["state"] == "draft"
    assert mails_to(clinic, other) == []


def test_completed_by_hand_it_still_sends_its_message(clinic):
    kari = clinic.kari
    ((move, address),) = drafts(kari, 1, "hand").items()
    kari.send(move, at=utc_now() + timedelta(days=1))
    kari.press("account.move", "action_complete_invoice", move)
    number = kari.invoice(move)["name"]
    assert number
    kari.message(move, "action_send_now")
    clinic.mail.wait_for(lambda mail: address in mail.recipients)
    wait_until(lambda: kari.messages(move)[0]["state"] == "delivered")
    assert kari.invoice(move)["name"] == number


def test_bad_input_is_refused_in_words(clinic):
    kari, ola = clinic.kari, clinic.ola
    (appointment,) = kari.ids("calendar.event", name="Nils, grief")
    with pytest.raises(RpcError, match="ask their practitioner") as refused:
        ola.create_invoice(appointment)
    assert refused.value.name == "odoo.exceptions.AccessError"
    move = kari.create_invoice(appointment)
    nils = kari.ids("res.partner", name="Nils Vik")
    clinic.admin.rpc.call("res.partner", "write", nils, {"phone": False})
    with pytest.raises(RpcError, match="Nils Vik has no e-mail address"):
        kari.send(move)
    assert kari.create_invoice(appointment) == move
    ((move, _address),) = drafts(kari, 1, "past").items()
    with pytest.raises(RpcError, match="This time is past"):
        kari.send(move, at=utc_now() - timedelta(minutes=1))
    assert kari.messages(move) == []
