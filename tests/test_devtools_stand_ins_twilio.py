"""The Twilio on loopback speaks as the real one does, and misbehaves as told."""

import threading
import time

import pytest
import requests

from devtools.environment.ports import LOOPBACK, free_port
from devtools.stand_ins.twilio import Twilio, signature
from devtools.stand_ins.web_server import WebServer

KARI = "+4790000001"
OLA = "+4790000002"


class Listener:
    """A web server that keeps the reports it gets."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}/sms_twilio/status/abc"
        self.got = []
        self.status = 200
        self.arrived = threading.Condition()
        self.server = WebServer(LOOPBACK, self.port, self.answer)

    def answer(self, path, headers, body):
        with self.arrived:
            self.got.append((path, headers, body.decode()))
            self.arrived.notify_all()
        return self.status, {}, "OK"

    def wait_for(self, count):
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.got) >= count, 10)
            return self.got


@pytest.fixture
def listener():
    listening = Listener()
    listening.server.start()
    yield listening
    listening.server.stop()


@pytest.fixture
def twilio():
    with Twilio() as running:
        running.reports = ()
        yield running


@pytest.fixture
def as_odoo(twilio, monkeypatch):
    """A client that lives in the environment of Odoo's server."""
    for name, value in twilio.environment().items():
        monkeypatch.setenv(name, value)

    def send(to=KARI, body="Betaling: 1 200 kr", token=None, **form):
        fields = {"From": twilio.number, "To": to, "Body": body, **form}
        return requests.post(
            f"https://api.twilio.com/2010-04-01/Accounts/{twilio.account}/Messages.json",
            data=fields,
            auth=(twilio.account, token or twilio.token),
            timeout=5,
        )

    return send


def test_takes_what_is_sent_to_twilios_own_address(twilio, as_odoo):
    answer = as_odoo(StatusCallback="http://127.0.0.1:9/x")
    assert answer.status_code == 201
    (sms,) = twilio.taken
    assert (sms.number, sms.sender) == (KARI, twilio.number)
    assert sms.text == "Betaling: 1 200 kr"
    assert sms.callback == "http://127.0.0.1:9/x"
    assert abs(sms.time - time.time()) < 10
    said = answer.json()
    assert (said["sid"], said["status"]) == (sms.sid, "queued")
    assert (said["to"], said["error_code"]) == (KARI, None)
    assert twilio.to(KARI) == [sms] and twilio.to(OLA) == []
    assert twilio.wait_for(KARI) is sms


def test_nobody_gets_through_to_anywhere_else(as_odoo):
    with pytest.raises(requests.exceptions.ProxyError, match="403"):
        requests.get("https://www.odoo.com/", timeout=5)


def test_nobody_else_trusts_it(as_odoo, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    with pytest.raises(requests.exceptions.SSLError):
        as_odoo()


@pytest.mark.parametrize(
    "form, status, code",
    [
        ({"token": "wrong"}, 401, 20003),
        ({"to": ""}, 400, 21604),
        ({"to": "90000001"}, 400, 21211),
        ({"From": ""}, 400, 21603),
        ({"From": KARI}, 400, 21266),
        ({"body": ""}, 400, 21602),
        ({"body": "x" * 1601}, 400, 21617),
        ({"StatusCallback": "nowhere"}, 400, 21609),
    ],
)
def test_what_twilio_does_not_take(twilio, as_odoo, form, status, code):
    answer = as_odoo(**form)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["status"] == status
    assert str(code) in answer.json()["more_info"]
    assert twilio.taken == []


def test_refuses_some_as_told(twilio, as_odoo):
    twilio.refuse = {KARI: 21608}
    refused = as_odoo()
    assert (refused.status_code, refused.json()["code"]) == (400, 21608)
    assert KARI in refused.json()["message"]
    assert as_odoo(OLA).status_code == 201
    assert [sms.number for sms in twilio.taken] == [OLA]


def test_refuses_all_as_told(twilio, as_odoo):
    twilio.refuse = 20429
    assert as_odoo().status_code == as_odoo(OLA).status_code == 429
    twilio.behave()
    assert as_odoo().ok


def test_answers_html_when_it_is_broken(twilio, as_odoo):
    twilio.broken = lambda number: number == KARI
    answer = as_odoo()
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "text/html")
    with pytest.raises(ValueError):
        answer.json()
    assert as_odoo(OLA).ok


@pytest.mark.parametrize("drop, taken", [("before", 0), ("after", 1)])
def test_drops_the_connection(twilio, as_odoo, drop, taken):
    twilio.drop = {KARI: drop}
    with pytest.raises(requests.exceptions.ConnectionError):
        as_odoo()
    assert len(twilio.taken) == taken
    assert as_odoo(OLA).ok


def test_answers_late(twilio, as_odoo):
    twilio.delay = 0.3
    started = time.monotonic()
    as_odoo()
    assert time.monotonic() - started >= 0.3
    assert twilio.taken[0].time - time.time() < -0.25, "it was taken at once"


def test_many_at_once_far_away(twilio, as_odoo):
    twilio.latency = 0.5
    started = time.monotonic()
    threads = [threading.Thread(target=as_odoo) for _each in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0.5 <= time.monotonic() - started < 4, "one after the other"
    assert len(twilio.taken) == twilio.most_connections == 10
    twilio.count_anew()
    assert twilio.most_connections == 0


def test_down_and_up_again(twilio, as_odoo):
    twilio.stop()
    with pytest.raises(requests.exceptions.ProxyError):
        as_odoo()
    twilio.start()
    assert as_odoo().ok


def test_signature_is_twilios():
    # The example of Twilio's own libraries.
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
        "Caller": "+14158675309",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_reports_by_itself_in_order(twilio, as_odoo, listener):
    twilio.behave()
    twilio.reports = {KARI: ("sent", "delivered")}
    as_odoo(StatusCallback=listener.url)
    as_odoo(OLA, StatusCallback=listener.url)
    bodies = [body for _path, _headers, body in listener.wait_for(2)]
    assert ["SmsStatus=sent" in bodies[0], "SmsStatus=delivered" in bodies[1]] == [1, 1]
    (sms,) = twilio.to(KARI)
    assert all(f"SmsSid={sms.sid}" in body for body in bodies)


def test_reports_by_hand(twilio, as_odoo, listener):
    as_odoo(StatusCallback=listener.url)
    (sms,) = twilio.taken
    assert twilio.report(sms, "delivered") == 200
    assert twilio.report(sms, "undelivered 30005") == 200
    assert twilio.report(sms, "delivered", token="forged") == 200
    (_path, true, _body), (_path, _headers, failed), (_path, forged, _body) = (
        listener.got
    )
    assert "ErrorCode=30005" in failed and "SmsStatus=undelivered" in failed
    assert true["X-Twilio-Signature"] != forged["X-Twilio-Signature"]
    listener.status = 404
    assert twilio.report(sms, "delivered") == 404
    listener.server.stop()
    assert twilio.report(sms, "delivered") is None


def test_wait_in_vain_says_what_came(twilio, as_odoo):
    as_odoo()
    with pytest.raises(TimeoutError, match=KARI.replace("+", r"\+")):
        twilio.wait_for(OLA, 0.05)
    twilio.clear()
    assert twilio.taken == []
