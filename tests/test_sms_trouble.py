"""The SMS provider refuses, is down, or breaks the connection."""

import pytest

from devtools.database import catalog
from devtools.environment.clock import utc_now, wait_until
from payment_mails import mails_to
from posted import wait_for_posted
from sms_fate import activities, give_up_interrupted, status


def next_try(clinic, move):
    """In how many seconds, about, a message is tried again."""
    ((date,),) = catalog.execute_in(
        clinic.database,
        "SELECT next_try_date FROM konfidens_payment_message message"
        " JOIN konfidens_payment_message_line line ON line.message_id = message.id"
        " WHERE line.move_id = %s",
        [move],
    )
    return (date - utc_now()).total_seconds()


def pass_the_pause(clinic, moves):
    """Try again now what waits for its next try."""
    # not while the job that sets it is at it
    clinic.run("complete_delivered")
    catalog.execute_in(
        clinic.database,
        "UPDATE konfidens_payment_message SET next_try_date = sent_date"
        " WHERE next_try_date IS NOT NULL AND id IN"
        " (SELECT message_id FROM konfidens_payment_message_line"
        "   WHERE move_id = ANY(%s))",
        [list(moves)],
    )
    clinic.run("send_sms")


def wait_for_state(clinic, move, state):
    """Wait until an invoice's latest message is in a state; returns it (a dict)."""

    def look():
        message = clinic.kari.messages(move)[0]
        return message["state"] == state and message

    return wait_until(look, what=f"the message to be {state}")


def refuse(provider, error):
    """Let a provider refuse everybody; returns a list of whom it did refuse."""
    refused = []

    def behave(number):
        refused.append(number)
        return error

    provider.refuse = behave
    return refused


def test_wrong_number_asks_once(sms_clinic):
    kari = sms_clinic.kari
    refused = refuse(sms_clinic.twilio, 21211)
    ((move, number),) = sms_clinic.drafts(1, "wrong").items()
    kari.send(move)
    message = wait_for_state(sms_clinic, move, "failed")
    # enough of the number to know it again, and not the number
    assert f"… {number[-2:]}" in message["failure_reason"]
    assert number not in message["failure_reason"]
    assert "correct the number" in message["failure_reason"]
    (asked,) = activities(sms_clinic, move)
    assert message["failure_reason"] in asked
    (appointment,) = kari.ids("calendar.event", invoice_id=move)
    assert kari.appointment(appointment)["payment_status"] == "attention"
    assert kari.invoice(move)["state"] == "draft"
    sms_clinic.run("send_sms")
    assert refused == [number]
    assert mails_to(sms_clinic, "wrong00@example.com") == []


def test_wrong_number_goes_by_mail_if_the_company_wants_that(sms_clinic):
    sms_clinic.choose(payments_failover=True)
    refused = refuse(sms_clinic.twilio, 21211)
    ((move, number),) = sms_clinic.drafts(1, "failover").items()
    sms_clinic.kari.send(move)
    wait_for_posted(sms_clinic, move)
    assert len(mails_to(sms_clinic, "failover00@example.com")) == 1
    assert refused == [number]
    assert activities(sms_clinic, move) == []
    by_mail, by_sms = sms_clinic.kari.messages(move)
    assert (by_mail["state"], by_sms["state"]) == ("delivered", "failed")


def test_failover_is_tried_once(sms_clinic):
    sms_clinic.choose(payments_failover=True)
    refused = refuse(sms_clinic.twilio, 21211)
    sms_clinic.mail.refuse = {"neither00@example.com"}
    ((move, number),) = sms_clinic.drafts(1, "neither").items()
    sms_clinic.kari.send(move)
    wait_until(lambda: activities(sms_clinic, move), what="an activity")
    (asked,) = activities(sms_clinic, move)
    assert "No such mailbox" in asked
    states = [message["state"] for message in sms_clinic.kari.messages(move)]
    assert states == ["failed", "failed"]
    assert refused == [number]


@pytest.mark.parametrize(
    "provider, error, words",
    [
        ("iap", "insufficient_credit", "no credit left at the SMS provider"),
        ("iap", "unregistered", "account at the SMS provider"),
        ("twilio", 20003, "Authenticate"),
        ("twilio", 21608, "does not accept the practice's account"),
    ],
)
def test_provider_that_wants_something_first(sms_clinic, provider, error, words):
    sms_clinic.choose(sms_provider=provider)
    server = getattr(sms_clinic, provider)
    refuse(server, error)
    moves = sms_clinic.drafts(12, f"{provider}{error}")
    sms_clinic.kari.send(*moves)
    rpc = sms_clinic.admin.rpc

    def look():
        states = {sms_clinic.kari.messages(move)[0]["state"] for move in moves}
        pauses = rpc.call(
            "konfidens.payment.pause", "search_read", [], ["reason", "activity_ids"]
        )
        return states == {"scheduled"} and pauses

    (pause,) = wait_until(look, what="sending to be paused")
    assert words in pause["reason"]
    assert len(pause["activity_ids"]) == 1
    assert not any(activities(sms_clinic, move) for move in moves)
    # once the account is in order again
    server.behave()
    rpc.call("konfidens.payment.pause", "action_try_again", [pause["id"]])
    wait_for_posted(sms_clinic, *moves)
    assert [len(server.to(number)) for number in moves.values()] == [1] * 12
    assert not rpc.call("konfidens.payment.pause", "search_count", [])


def test_provider_down_for_a_while(sms_clinic):
    kari, twilio = sms_clinic.kari, sms_clinic.twilio
    twilio.stop()
    ((move, number),) = sms_clinic.drafts(1, "down").items()
    kari.send(move)
    wait_until(lambda: kari.messages(move)[0]["failure_reason"], what="a reason")
    (message,) = kari.messages(move)
    assert message["state"] == "sent"
    assert "SMS provider cannot be reached" in message["failure_reason"]
    first = next_try(sms_clinic, move)
    pass_the_pause(sms_clinic, [move])
    wait_until(lambda: next_try(sms_clinic, move) > first, what="a longer pause")
    assert activities(sms_clinic, move) == []
    twilio.start()
    twilio.reports = ()
    pass_the_pause(sms_clinic, [move])
    assert not kari.messages(move)[0]["failure_reason"], "it is with the provider"
    assert twilio.report(*twilio.to(number), "delivered") == 200
    wait_for_posted(sms_clinic, move)
    assert len(twilio.to(number)) == 1


def test_provider_that_has_too_much_to_do(sms_clinic):
    kari, twilio = sms_clinic.kari, sms_clinic.twilio
    refused = refuse(twilio, 20429)
    ((move, number),) = sms_clinic.drafts(1, "busy").items()
    kari.send(move)
    wait_until(lambda: kari.messages(move)[0]["failure_reason"], what="a reason")
    assert kari.messages(move)[0]["state"] == "sent"
    assert activities(sms_clinic, move) == []
    twilio.behave()
    pass_the_pause(sms_clinic, [move])
    wait_for_posted(sms_clinic, move)
    assert refused == [number]
    assert len(twilio.to(number)) == 1


def test_a_bad_one_holds_up_no_other(sms_clinic):
    kari, twilio = sms_clinic.kari, sms_clinic.twilio
    moves = sms_clinic.drafts(7, "bad")
    wrong, broken, dropped = list(moves)[1:6:2]
    others = [move for move in moves if move not in (wrong, broken, dropped)]
    twilio.refuse = {moves[wrong]: 21614}
    twilio.broken = {moves[broken]: True}
    twilio.drop = {moves[dropped]: "before"}
    kari.send(*moves)
    wait_for_posted(sms_clinic, *others)
    wait_for_state(sms_clinic, wrong, "failed")
    # nobody knows whether these left
    assert status(sms_clinic, moves[broken]) == "process"
    assert status(sms_clinic, moves[dropped]) == "process"
    twilio.behave()
    pass_the_pause(sms_clinic, moves)
    assert [len(twilio.to(moves[move])) for move in others] == [1] * 4
    assert not any(twilio.to(moves[move]) for move in (wrong, broken, dropped))


@pytest.mark.parametrize(
    "provider, status, text",
    [
        ("twilio", 201, "<html>OK</html>"),
        ("twilio", 201, "[]"),
        ("twilio", 400, "Oops"),
        ("twilio", 504, "Gateway Time-out"),
        ("iap", 200, "null"),
        ("iap", 200, '{"jsonrpc": "2.0", "id": 1, "result": null}'),
        ("iap", 502, "<html>Bad Gateway</html>"),
    ],
)
def test_an_answer_that_makes_no_sense_repeats_nothing(
    sms_clinic, monkeypatch, provider, status, text
):
    sms_clinic.choose(sms_provider=provider)
    server = getattr(sms_clinic, provider)
    server.reports = ()
    take = server.answer

    def answer(*request):
        take(*request)
        return status, "text/html", text

    monkeypatch.setattr(server, "answer", answer)
    moves = sms_clinic.drafts(1, f"sense{provider}{status}{len(text)}")
    ((move, number),) = moves.items()
    sms_clinic.kari.send(move)
    sms = server.wait_for(number)
    pass_the_pause(sms_clinic, moves)
    give_up_interrupted(sms_clinic)
    message = wait_for_state(sms_clinic, move, "failed")
    assert "Nobody knows whether the SMS left" in message["failure_reason"]
    assert len(activities(sms_clinic, move)) == 1
    pass_the_pause(sms_clinic, moves)
    assert server.to(number) == [sms]


@pytest.mark.parametrize("provider", ["twilio", "iap"])
@pytest.mark.parametrize("reports", [(), ("sent",), ("delivered",)])
def test_an_answer_that_is_lost_repeats_nothing(sms_clinic, provider, reports):
    sms_clinic.choose(sms_provider=provider)
    server = getattr(sms_clinic, provider)
    server.drop = "after"
    server.reports = reports
    moves = sms_clinic.drafts(1, f"lost{provider}{len(''.join(reports))}")
    ((move, number),) = moves.items()
    sms_clinic.kari.send(move)
    sms = server.wait_for(number)
    server.drop = None
    sms_clinic.run("send_sms")
    pass_the_pause(sms_clinic, moves)
    give_up_interrupted(sms_clinic)
    if reports == ():
        message = wait_for_state(sms_clinic, move, "failed")
        assert "Ask the client before you send it again" in message["failure_reason"]
        assert len(activities(sms_clinic, move)) == 1
    assert server.report(sms, "delivered") == 200
    wait_for_posted(sms_clinic, move)
    assert activities(sms_clinic, move) == []
    assert len(server.to(number)) == 1


def test_an_answer_that_takes_too_long_repeats_nothing(sms_clinic):
    twilio = sms_clinic.twilio
    twilio.reports = ()
    twilio.delay = 6  # Odoo waits 5
    moves = sms_clinic.drafts(1, "slow")
    ((move, number),) = moves.items()
    sms_clinic.kari.send(move)
    sms = twilio.wait_for(number)
    twilio.delay = 0
    pass_the_pause(sms_clinic, moves)
    assert status(sms_clinic, number) == "process"
    assert twilio.report(sms, "delivered") == 200
    wait_for_posted(sms_clinic, move)
    assert len(twilio.to(number)) == 1
