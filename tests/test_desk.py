"""Money at the desk: taken in a browser, by two at once, and on the client's phone."""

import re

import pytest
from playwright.sync_api import expect

from devtools.environment.clock import wait_until
from devtools.practice.bookings import book_many, drafts
from devtools.practice.jobs import run_cron
from devtools.practice.rpc import RpcError
from pauses import Press
from payment_mails import mails_to
from screens import book
from web_client import visit

TAKE = "konfidens.payment.take.wizard"
USER_ERROR = "odoo.exceptions.UserError"

expect.set_options(timeout=20000)


def payments(clinic, move):
    """The payments of an invoice: a list of dicts."""
    return clinic.admin.rpc.call(
        "account.payment",
        "search_read",
        [["invoice_ids", "in", [move]]],
        ["amount", "payments_method_id", "create_uid"],
    )


def open_dialog(desk, move):
    """Press Take Payment; returns the dialog's id."""
    return desk.press("account.move", "action_take_payment", move)["res_id"]


# === IN A BROWSER === #


@pytest.mark.parametrize("width", [1400, 400], ids=["wide", "narrow"])
def test_take_payment(clinic, web_client, width):
    (event,) = book_many(clinic.kari, 1, f"desk{width}")
    (booking,) = clinic.kari.bookings(event)
    page = web_client(width=width)
    visit(page, f"bookings/{booking}")
    expect(page.locator(".o_form_view")).to_contain_text("To invoice")
    press_in_header(page, "Take Payment")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"desk{width}00")
    expect(dialog.locator("[name=amount] input")).to_have_value(re.compile("1,250.00"))
    dialog.get_by_label("Vipps").check()
    expect(dialog).to_contain_text("Vipps 12345")
    dialog.get_by_label("Cash").check()
    dialog.get_by_role("button", name="Take Payment").click()
    expect(dialog).to_contain_text("paid by Cash")
    expect(dialog.get_by_role("button", name="Print Receipt")).to_be_visible()
    dialog.get_by_role("button", name="Close").last.click()
    expect(dialog).to_be_hidden()
    # the page behind it tells, without a click
    expect(page.locator(".o_form_view")).to_contain_text("Paid")
    move = clinic.kari.appointment(event)["invoice_id"][0]
    (payment,) = payments(clinic, move)
    assert (payment["amount"], payment["payments_method_id"][1]) == (1250.0, "Cash")
    assert payment["create_uid"][1] == "Kari Lunde"


@pytest.mark.parametrize("width", [1400, 400], ids=["wide", "narrow"])
def test_take_payment_in_the_calendar(clinic, web_client, width):
    event = book(clinic, f"Till{width}", hour=6)
    clinic.kari.press("calendar.event", "action_create_invoice", event)
    page = web_client(width=width)
    visit(page, "calendar")
    page.locator(".fc-event", has_text=f"Till{width}").first.click()
    opened = page.locator(".o_cw_popover, .modal")
    opened.get_by_role("button", name="Take Payment").click()
    dialog = page.get_by_role("dialog").last
    expect(dialog.locator("[name=amount] input")).to_have_value(re.compile("1,250.00"))
    dialog.get_by_role("button", name="Take Payment").click()
    expect(dialog).to_contain_text("paid by Cash")
    dialog.get_by_role("button", name="Close").last.click()


@pytest.mark.parametrize("width", [1400, 400], ids=["wide", "narrow"])
def test_on_the_client_s_phone(clinic, web_client, width):
    ((move, _address),) = drafts(clinic.kari, 1, f"phone{width}").items()
    (event,) = clinic.kari.ids("calendar.event", invoice_id=move)
    (booking,) = clinic.kari.bookings(event)
    page = web_client(width=width)
    visit(page, f"bookings/{booking}")
    press_in_header(page, "Take Payment")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="On the Client's Phone").click()
    code = dialog.locator("[name=qr_code] img")
    expect(code).to_be_visible()
    assert code.bounding_box()["width"] >= 200
    expect(dialog.get_by_role("button", name="Pay Otherwise")).to_be_visible()
    pay(clinic, move)
    # by itself
    expect(dialog).to_contain_text("is paid")
    expect(code).to_be_hidden()


def pay(clinic, move):
    """Register the payment of an invoice, as if the client had paid it."""
    rpc = clinic.admin.rpc
    context = {"active_model": "account.move", "active_ids": [move]}
    (register,) = rpc.call("account.payment.register", "create", [{}], context=context)
    clinic.admin.press("account.payment.register", "action_create_payments", register)


def press_in_header(page, name):
    """Press a button of a form's header; a phone keeps all but the first in a menu."""
    button = page.locator(".o_form_statusbar").get_by_role("button", name=name)
    more = page.locator(".o_statusbar_buttons button[title=More]")
    expect(button.or_(more).first).to_be_visible()
    if not button.is_visible():
        more.click()
        button = page.locator(".o-dropdown--menu").get_by_role("button", name=name)
    button.click()


# === TWO AT ONCE === #


def take_at_once(desks, dialogs):
    """Press Take Payment in these dialogs at the same moment; returns what is said."""
    presses = [
        Press(lambda desk=desk, one=dialog: desk.press(TAKE, "action_take", one))
        for desk, dialog in zip(desks, dialogs, strict=True)
    ]
    said = []
    for press in presses:
        try:
            press.result()
        except RpcError as error:
            assert error.name == USER_ERROR, error.debug
            said.append(str(error))
    return said


def test_taken_once_by_however_many_press_at_once(clinic):
    desks = [clinic.user(login) for login in ("kari", "admin", "kari", "admin")]
    for move in drafts(clinic.kari, 5, "taken"):
        dialogs = [open_dialog(desk, move) for desk in desks]
        said = take_at_once(desks, dialogs)
        assert len(said) == len(desks) - 1
        for words in said:
            assert re.search("Somebody else is working|settled already", words), words
        (payment,) = payments(clinic, move)
        assert payment["amount"] == 1250.0


def test_one_dialog_pressed_again_and_again(clinic):
    (move,) = drafts(clinic.kari, 1, "again")
    dialog = open_dialog(clinic.kari, move)
    desks = [clinic.user("kari") for _desk in range(4)]
    for words in take_at_once(desks, [dialog] * len(desks)):
        assert "Somebody else is working" in words
    clinic.kari.press(TAKE, "action_take", dialog)  # shows that it is taken
    assert len(payments(clinic, move)) == 1


def test_paid_at_the_desk_while_its_message_is_due(clinic):
    """Nobody who paid at the desk is asked to pay by a message that left later."""
    (item,) = drafts(clinic.kari, 1, "duenow").items()
    move, address = item
    clinic.mail.stop()
    clinic.kari.send(move)
    run_cron(clinic, "send_due")
    dialog = open_dialog(clinic.kari, move)
    # the job tries to send it now and then
    wait_until(lambda: not take_at_once([clinic.kari], [dialog]))
    clinic.mail.start()
    run_cron(clinic, "send_due")
    assert mails_to(clinic, address) == []
    assert clinic.kari.invoice(move)["state"] == "posted"


# === THE SETTLEMENT OF THE DAY === #


def test_day_is_closed_as_it_was_shown(clinic, web_client):
    """A payment that comes while somebody types what was counted is not closed over."""
    first, second = drafts(clinic.kari, 2, "counting")
    clinic.kari.press(TAKE, "action_take", open_dialog(clinic.kari, first))
    page = web_client("admin")
    visit(page, "day-settlements")
    page.locator(".o_data_row").first.click()
    row = page.locator(".o_data_row", has_text="Cash")
    row.locator("[name=counted]").click()
    row.locator("[name=counted] input").fill("1000")
    row.locator("[name=reason] input").fill("Something is missing")
    clinic.kari.press(TAKE, "action_take", open_dialog(clinic.kari, second))
    page.get_by_role("button", name="Close the Day").click()
    page.get_by_role("dialog").get_by_role("button", name="Ok").click()
    expect(page.get_by_role("dialog")).to_contain_text("meanwhile")
    days = clinic.admin.rpc.call("konfidens.payment.day", "search_read", [], ["state"])
    assert {day["state"] for day in days} == {"open"}
