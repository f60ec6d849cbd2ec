"""Several users press the same button at the same moment."""

import threading

import pytest

from devtools.environment.clock import wait_until
from devtools.practice.bookings import book_many, drafts
from devtools.practice.rpc import RpcError
from payment_mails import mails_to

ROUNDS = 10
USER_ERROR = "odoo.exceptions.UserError"


@pytest.fixture
def desks(clinic):
    """Four sessions of two users who may bill the same bookings."""
    return [clinic.user(login) for login in ("kari", "admin", "kari", "admin")]


def all_at_once(desks, act):
    """Let every desk act at the same moment.

    :param act: function of the desk
    :return: (what those got who could, the errors of the others)
    """
    start = threading.Barrier(len(desks))
    results, errors = [], []

    def run(desk):
        start.wait()
        try:
            results.append(act(desk))
        except RpcError as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=[desk]) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results, errors


def assert_told_in_words(errors):
    for error in errors:
        assert error.name == USER_ERROR, error.debug
        assert any(
            words in str(error)
            for words in (
                "Somebody else is working on this",
                "is on its way already",
                "is completed already",
                "This payment message has changed meanwhile",
            )
        ), str(error)


def test_one_invoice_for_each_booking(clinic, desks):
    appointments = book_many(clinic.kari, ROUNDS, "race")
    for appointment in appointments:
        made, errors = all_at_once(
            desks, lambda desk, one=appointment: desk.create_invoice(one)
        )
        assert_told_in_words(errors)
        # who presses after the first opens what that one made
        assert {clinic.kari.appointment(appointment)["invoice_id"][0]} == set(made)
    bookings = clinic.admin.bookings(*appointments)
    rows = clinic.admin.rpc.call(
        "account.move",
        "search_read",
        [["booking_ids", "in", bookings]],
        ["booking_ids"],
    )
    billed = [row["booking_ids"] for row in rows]
    assert sorted(billed) == sorted([booking] for booking in bookings)


def test_one_message_for_each_invoice(clinic, desks):
    moves = drafts(clinic.kari, ROUNDS, "twice")
    for move in moves:
        _sent, errors = all_at_once(desks, lambda desk, move=move: desk.send(move))
        assert_told_in_words(errors)
    wait_until(
        lambda: all(clinic.kari.invoice(move)["state"] == "posted" for move in moves)
    )
    for address in moves.values():
        assert len(mails_to(clinic, address)) == 1
    numbers = [clinic.kari.invoice(move)["name"] for move in moves]
    assert len(set(numbers)) == ROUNDS


def test_sent_and_completed_at_once(clinic, desks):
    for move, address in drafts(clinic.kari, 3, "both").items():

        def act(desk, move=move):
            if desk.login == "kari":
                desk.send(move)
            else:
                desk.press("account.move", "action_complete_invoice", move)

        _done, errors = all_at_once(desks, act)
        for error in errors:
            assert error.name == USER_ERROR, error.debug
        assert clinic.kari.invoice(move)["state"] == "posted" or wait_until(
            lambda move=move: clinic.kari.invoice(move)["state"] == "posted"
        )
        assert len(mails_to(clinic, address)) <= 1
