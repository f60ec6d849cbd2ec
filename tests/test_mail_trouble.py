"""The mail server refuses, is down, or breaks the connection."""

import pytest

from devtools.database import catalog
from devtools.environment.clock import wait_until
from devtools.practice.bookings import drafts
from devtools.practice.jobs import wait_until_posted
from payment_mails import mails_to


def wait_for_state(desk, move, state, timeout=30):
    def look():
        message = desk.messages(move)[0]
        return message["state"] == state and message

    return wait_until(look, timeout, f"the message to be {state}")


def test_refused_recipient(clinic):
    kari = clinic.kari
    ((move, address),) = drafts(kari, 1, "refused").items()
    (appointment,) = kari.ids("calendar.event", invoice_id=move)
    clinic.mail.refuse = {address}
    kari.send(move)
    failed = wait_for_state(kari, move, "failed")
    assert "No such mailbox" in failed["failure_reason"]
    # enough of the address to know it again, and not the address
    assert f"{address[0]}…@" in failed["failure_reason"]
    assert address not in failed["failure_reason"]
    assert "Traceback" not in failed["failure_reason"]
    assert kari.appointment(appointment)["payment_status"] == "attention"
    draft = kari.invoice(move)
    assert (draft["state"], draft["name"]) == ("draft", False)

    clinic.mail.refuse = set()
    kari.message(move, "action_retry")
    wait_until(lambda: kari.invoice(move)["state"] == "posted")
    assert kari.appointment(appointment)["payment_status"] == "unpaid"
    assert len(mails_to(clinic, address)) == 1


def test_mail_server_down_and_up_again(clinic):
    kari = clinic.kari
    ((move, address),) = drafts(kari, 1, "down").items()
    clinic.mail.stop()
    kari.send(move)
    wait_until(lambda: kari.messages(move)[0]["failure_reason"])
    (message,) = kari.messages(move)
    assert message["state"] == "sent"
    assert "mail server cannot be reached" in message["failure_reason"]
    assert kari.invoice(move)["state"] == "draft"

    # Once it is up again the message goes by itself.
    clinic.mail.start()
    wait_until_posted(clinic, [move])
    assert len(mails_to(clinic, address)) == 1


@pytest.mark.parametrize("drop", ["before", "after"])
def test_connection_that_breaks_in_the_middle(clinic, drop):
    moves = drafts(clinic.kari, 6, f"drop{drop}")
    addresses = list(moves.values())
    mail = clinic.mail
    met = []

    def meet(address):
        """Break the connection at the third message, the first time it comes."""
        if address != addresses[2] or met:
            return None
        met.append(address)
        return drop

    mail.drop = meet
    clinic.kari.send(*moves)
    wait_until(lambda: met)
    others = [move for move, address in moves.items() if address != addresses[2]]
    wait_until_posted(clinic, others)
    # The mail server may have it: it is tried again after an hour.
    (bad,) = set(moves) - set(others)
    reason = wait_until(lambda: clinic.kari.messages(bad)[0]["failure_reason"])
    assert "does not confirm" in reason
    catalog.execute_in(
        clinic.database,
        "UPDATE konfidens_payment_message SET next_try_date = sent_date"
        " WHERE next_try_date IS NOT NULL",
    )
    wait_until_posted(clinic, moves)
    ids = {address: mails_to(clinic, address) for address in addresses}
    repeated = [address for address in addresses if len(ids[address]) > 1]
    # Taken, but not confirmed: it must come again, as the same message.
    assert repeated == ([] if drop == "before" else [addresses[2]])
    assert all(len(set(ids[address])) == 1 for address in addresses)


def test_a_message_that_always_breaks_it_holds_up_no_other(clinic):
    moves = drafts(clinic.kari, 4, "always")
    # One in the middle: there are messages before and after it.
    bad_move, bad_address = list(moves.items())[2]
    others = [move for move in moves if move != bad_move]
    clinic.mail.drop = {bad_address: "before"}
    clinic.kari.send(*moves)
    wait_until_posted(clinic, others)
    assert clinic.kari.invoice(bad_move)["state"] == "draft"
    assert [len(mails_to(clinic, moves[move])) for move in others] == [1, 1, 1]
