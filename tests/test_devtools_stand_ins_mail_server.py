"""The SMTP server takes mail, and misbehaves as told."""

import contextlib
import smtplib
import socket
import ssl
import threading
import time
from email.message import EmailMessage

import pytest

from devtools.stand_ins.mail_server import MailServer


@pytest.fixture
def server():
    with MailServer() as running:
        yield running


@contextlib.contextmanager
def connected(server, timeout=10):
    with smtplib.SMTP(server.host, server.port, timeout=timeout) as client:
        yield client


def send(server, to="kari@example.com", subject="Faktura", client=None):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", to, subject
    message.set_content("Beløp: 1 200 kr")
    message.add_alternative("<p>Beløp</p>", subtype="html")
    if client:
        client.send_message(message)
        return
    with connected(server) as client:
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


def test_drops_each_time_for_some(server):
    server.drop = {"kari@example.com": "after"}
    for _try in range(2):
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            send(server)
    send(server, "ola@example.com")
    assert len(server.to("kari@example.com")) == 2
    assert len(server.mails) == 3


def test_delays(server):
    server.delay = 0.3
    started = time.monotonic()
    send(server)
    assert time.monotonic() - started >= 0.3
    (mail,) = server.mails
    assert mail.time - time.time() < -0.25, "it was taken at once"


def speak(server, *, dot):
    """Send a whole mail and be gone at once, as a process that is killed.

    :param dot: whether its final dot still gets through
    """
    connection = socket.create_connection((server.host, server.port))
    answers = connection.makefile("rb")
    answers.readline()
    for line in ("HELO x", "MAIL FROM:<a@example.com>", "RCPT TO:<kari@example.com>"):
        connection.sendall(line.encode() + b"\r\n")
        answers.readline()
    connection.sendall(b"DATA\r\n")
    answers.readline()
    text = b"Subject: Faktura\r\n\r\n" + b"Line\r\n" * 20000
    connection.sendall(text + b".\r\n" * dot)
    answers.close()
    connection.close()


@pytest.mark.parametrize("delay", [0, 0.05])
def test_has_what_came_whole_though_nobody_waits_for_the_answer(server, delay):
    server.delay = delay
    for _each in range(20):
        speak(server, dot=True)
    while server.connections:
        time.sleep(0.01)
    assert len(server.mails) == 20


def test_has_nothing_that_did_not_come_whole(server):
    speak(server, dot=False)
    while server.connections:
        time.sleep(0.01)
    assert server.mails == []


def test_talks_to_many_at_once_and_counts_them(server):
    server.delay = 0.5
    started = time.monotonic()
    threads = [threading.Thread(target=send, args=[server]) for _each in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started < 5, "one after the other"
    assert len(server.mails) == 20
    assert server.most_connections == 20
    while server.connections:
        time.sleep(0.01)
    server.count_anew()
    assert server.most_connections == 0


def test_nobody_waits_for_one_that_has_stopped(server):
    """Also who came in at that moment: else a job waited for a minute."""
    for _each in range(10):
        with socket.create_connection((server.host, server.port), 5) as connection:
            server.stop()
            with contextlib.suppress(ConnectionResetError):
                while connection.recv(100):
                    pass
        server.start()


def test_far_away(server):
    server.latency = 0.05
    started = time.monotonic()
    send(server)  # greeting, EHLO, MAIL, RCPT, DATA, the dot, and QUIT
    assert 0.35 <= time.monotonic() - started < 2


def test_refuses_a_connection_too_many(server):
    server.limit = 1
    with connected(server):
        with pytest.raises(smtplib.SMTPConnectError) as refused:
            send(server)
        assert refused.value.smtp_code == 421
    while server.connections:
        time.sleep(0.01)
    send(server)
    assert len(server.mails) == server.most_connections == 1


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize("answer", ["432 4.3.2 Too much at once", "421 4.7.0 Enough"])
def test_answers_something_else_in_the_middle(server, step, answer):
    server.answers = {step: answer}
    with connected(server) as client:
        with pytest.raises(smtplib.SMTPException) as refused:
            send(server, client=client)
        assert answer[:3] in str(refused.value)
        server.answers = {}
        if answer.startswith("432"):
            client.rset()  # smtplib forgets it where DATA is refused
            send(server, client=client)
            assert len(server.mails) == 1
            return
        with pytest.raises(smtplib.SMTPException):
            send(server, client=client)
    assert server.mails == []


def test_refuses_a_sender(server):
    server.answers = lambda step, address: (
        "553 5.7.1 Sender not allowed"
        if (step, address) == ("MAIL", "a@example.com")
        else None
    )
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        send(server)
    assert refused.value.smtp_code == 553


def test_lets_in_who_has_the_password():
    with MailServer(tls=True) as server:
        server.users = {"clinic": "right"}
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with pytest.raises(smtplib.SMTPSenderRefused, match="530"):
            send(server)
        with connected(server) as client:
            client.starttls(context=context)
            with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
                client.login("clinic", "wrong")
            assert refused.value.smtp_code == 535
            client.login("clinic", "right")
            send(server, client=client)
            assert server.connections == 1
    assert len(server.mails) == 1


def test_hangs_for_ever(server):
    server.hang_for = {"kari@example.com"}
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        with connected(server, timeout=0.3) as client:
            send(server, client=client)
    send(server, "ola@example.com")
    assert [mail.recipients for mail in server.mails] == [["ola@example.com"]]


def test_holds_back_an_answer(server):
    server.stop_for = {"kari@example.com"}
    thread = threading.Thread(target=send, args=[server])
    thread.start()
    server.wait_for(timeout=10)
    assert thread.is_alive(), "it was answered"
    server.stop_for = set()
    thread.join(10)
    assert not thread.is_alive()


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
