"""The SMTP server takes mail, and misbehaves as told."""

import smtplib
import threading
import time
from email.message import EmailMessage

import pytest

from devtools.mailserver import MailServer


@pytest.fixture
def server():
    with MailServer() as running:
        yield running


def send(server, to="kari@example.com", subject="Faktura"):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", to, subject
    message.set_content("Beløp: 1 200 kr")
    message.add_alternative("<p>Beløp</p>", subtype="html")
    with smtplib.SMTP(server.host, server.port, timeout=10) as client:
        client.send_message(message)


def test_keeps_what_it_gets(server):
    send(server)
    (mail,) = server.mails
    assert mail.sender == "a@example.com"
    assert mail.recipients == ["kari@example.com"]
    assert mail.message["subject"] == "Faktura"
    assert "Beløp: 1 200 kr" in mail.text()
    assert "<p>Beløp</p>" in mail.html()
    assert abs(mail.time - time.time()) < 10
    assert server.to("kari@example.com") == [mail]
    assert server.to("ola@example.com") == []


def test_refuses_for_good(server):
    server.refuse = {"kari@example.com"}
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(server)
    assert refused.value.recipients["kari@example.com"][0] == 550
    send(server, "ola@example.com")
    assert [mail.recipients for mail in server.mails] == [["ola@example.com"]]


def test_refuses_for_now(server):
    server.defer = lambda address: address.startswith("kari")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(server)
    assert refused.value.recipients["kari@example.com"][0] == 451
    server.defer = set()
    send(server)
    assert len(server.mails) == 1


def test_drops_before_it_takes(server):
    server.drop = "before"
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(server)
    assert server.mails == []


def test_drops_after_it_took(server):
    server.drop = "after"
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(server)
    assert len(server.mails) == 1


def test_delays(server):
    server.delay = 0.3
    started = time.monotonic()
    send(server)
    assert time.monotonic() - started >= 0.3


def test_wait_for_a_mail_that_comes_later(server):
    threading.Timer(0.1, send, [server]).start()
    mail = server.wait_for(lambda mail: "kari@example.com" in mail.recipients, 10)
    assert mail.message["subject"] == "Faktura"
    assert server.wait_for() is mail
    server.clear()
    assert server.mails == []


def test_wait_in_vain_says_what_came(server):
    send(server)
    with pytest.raises(TimeoutError, match="Faktura"):
        server.wait_for(lambda mail: False, 0.05)
