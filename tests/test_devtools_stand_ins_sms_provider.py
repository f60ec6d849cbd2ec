"""Odoo's own SMS through the providers on loopback; IAP's answers."""

import pytest
import requests

from devtools.database import catalog
from devtools.stand_ins.iap import Iap

KARI = "+4790000001"
OLA = "+4790000002"


@pytest.fixture
def iap():
    with Iap() as running:
        running.reports = ()
        yield running


def send_batch(iap):
    numbers = [{"number": KARI, "uuid": "a" * 32}, {"number": OLA, "uuid": "b" * 32}]
    params = {
        "messages": [{"content": "Betaling", "numbers": numbers}],
        "webhook_url": "http://127.0.0.1:9/sms/status",
    }
    return requests.post(
        f"{iap.url}/api/sms/3/send", json={"id": 1, "params": params}, timeout=5
    )


def test_iap_takes_a_batch(iap):
    iap.refuse = {OLA: "insufficient_credit"}
    assert send_batch(iap).json()["result"] == [
        {"uuid": "a" * 32, "state": "success"},
        {"uuid": "b" * 32, "state": "insufficient_credit"},
    ]
    (sms,) = iap.taken
    assert (sms.number, sms.text, sms.sid) == (KARI, "Betaling", "a" * 32)


def test_iap_misbehaves(iap):
    iap.broken = {OLA: True}
    assert send_batch(iap).status_code == 500
    assert iap.taken == []
    iap.behave()
    iap.drop = "after"
    with pytest.raises(requests.exceptions.ConnectionError):
        send_batch(iap)
    assert len(iap.taken) == 2


def send_from_contact(clinic, number):
    """Send an SMS from a new contact's form."""
    rpc = clinic.admin.rpc
    (contact,) = rpc.call("res.partner", "create", [{"name": number, "phone": number}])
    values = {
        "composition_mode": "comment",
        "res_model": "res.partner",
        "res_id": contact,
        "body": "Velkommen på lørdag",
        "recipient_single_number_itf": number,
    }
    clinic.admin.press(
        "sms.composer", "action_send_sms", *rpc.call("sms.composer", "create", [values])
    )


def state(clinic, number):
    """What Odoo knows of the SMS to this number: status, kind of failure."""
    return catalog.execute_in(
        clinic.database,
        "SELECT notification_status, failure_type FROM mail_notification"
        " WHERE sms_number = %s AND notification_type = 'sms'",
        [number],
    )


def test_odoo_sends_through_twilio_and_believes_true_reports_only(sms_clinic):
    twilio = sms_clinic.twilio
    twilio.reports = ()
    send_from_contact(sms_clinic, KARI)
    (sms,) = twilio.to(KARI)
    assert sms.text == "Velkommen på lørdag"
    assert state(sms_clinic, KARI) == [("pending", None)]
    assert twilio.report(sms, "delivered", token="forged") == 404
    assert state(sms_clinic, KARI) == [("pending", None)]
    assert twilio.report(sms, "delivered") == 200
    assert state(sms_clinic, KARI) == [("sent", None)]


@pytest.mark.parametrize(
    "number, misbehave, failure",
    [
        ("+4790000003", {"refuse": 21211}, "sms_number_format"),
        ("+4790000004", {"broken": True}, "sms_server"),
        ("+4790000005", {"drop": "before"}, "sms_server"),
    ],
)
def test_odoo_hears_of_twilios_errors(sms_clinic, number, misbehave, failure):
    vars(sms_clinic.twilio).update(misbehave)
    send_from_contact(sms_clinic, number)
    assert state(sms_clinic, number) == [("exception", failure)]


def test_odoo_sends_through_iap(sms_clinic):
    sms_clinic.choose(sms_provider="iap")
    iap = sms_clinic.iap
    iap.reports = ()
    iap.refuse = {"+4790000008": "insufficient_credit"}
    send_from_contact(sms_clinic, "+4790000006")
    (sms,) = iap.to("+4790000006")
    assert state(sms_clinic, sms.number) == [("pending", None)]
    assert iap.report(sms, "delivered") == 200
    assert state(sms_clinic, sms.number) == [("sent", None)]
    send_from_contact(sms_clinic, "+4790000007")
    assert iap.report(iap.taken[-1], "not_delivered") == 200
    assert state(sms_clinic, "+4790000007") == [("exception", "sms_not_delivered")]
    send_from_contact(sms_clinic, "+4790000008")
    assert state(sms_clinic, "+4790000008") == [("exception", "sms_credit")]
