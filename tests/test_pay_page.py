"""The pay link on a running server: many at once, and a payment on a phone."""

import threading
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

from devtools.database import catalog
from devtools.environment.clock import wait_until
from devtools.practice.bookings import drafts, drafts_of_each
from devtools.practice.jobs import run_cron, wait_until_posted
from payment_mails import mails_to
from swish import charge_in_kronor, taking_swish

AT_ONCE = 10
TIMEOUT = 60


def handed_over(clinic, count, prefix):
    """Drafts whose message has left, of which the mail server says nothing yet.

    :return: list of dicts with `id`, `pay_url` and the client's `address`
    """
    clinic.mail.defer = lambda _address: True
    moves = drafts(clinic.kari, count, prefix)
    rows = send_and_wait(clinic, moves)
    return [{**row, "address": moves[row["id"]]} for row in rows]


def send_and_wait(clinic, moves):
    clinic.kari.send(*moves)
    wait_until(
        lambda: all(
            clinic.kari.invoice(move)["payment_message_state"] == "sent"
            for move in moves
        ),
        what="the messages to be handed over",
    )
    return clinic.kari.rpc.call("account.move", "read", list(moves), ["pay_url"])


def pass_the_pause(clinic):
    """Let what waits for its next try be due now."""
    run_cron(clinic, "complete_delivered")
    catalog.execute_in(
        clinic.database,
        "UPDATE konfidens_payment_message SET next_try_date = sent_date"
        " WHERE next_try_date IS NOT NULL",
    )


def get(url, method="GET"):
    """Status and text of a page, as one gets it who is not logged in."""
    asked = urllib.request.Request(url, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=TIMEOUT) as page:
            return page.status, page.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def get_at_once(urls):
    """Open all of them at the same moment; returns what `get` says of each."""
    start = threading.Barrier(len(urls))
    answers = [None] * len(urls)

    def open_it(number):
        start.wait()
        answers[number] = get(urls[number])

    threads = [
        threading.Thread(target=open_it, args=[number]) for number in range(len(urls))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_ten_open_it_at_the_same_moment(clinic):
    (row,) = handed_over(clinic, 1, "ten")
    move = row["id"]
    assert clinic.kari.invoice(move)["state"] == "draft"
    answers = get_at_once([row["pay_url"]] * AT_ONCE)
    assert [status for status, _page in answers] == [200] * AT_ONCE
    # each of them tells the truth of its moment: who comes meanwhile looks again
    states = [page.split('data-state="')[1].split('"')[0] for _status, page in answers]
    assert set(states) <= {"to_pay", "preparing"}, states
    assert all("http-equiv" in page for _s, page in answers if "preparing" in page)
    # the first one, unless it was overtaken and looks again, as its page does by itself
    wait_until(lambda: 'data-state="to_pay"' in get(row["pay_url"])[1])
    posted = clinic.kari.invoice(move)
    assert posted["state"] == "posted" and posted["name"]
    (message,) = clinic.kari.messages(move)
    assert message["state"] == "delivered"
    assert "Pay link opened" in message["evidence"]
    assert get(row["pay_url"])[1].count(posted["name"]) == 1
    # posted once: one change from draft to posted in the invoice's history
    changes = clinic.admin.rpc.call(
        "mail.tracking.value",
        "search_count",
        [
            ["mail_message_id.model", "=", "account.move"],
            ["mail_message_id.res_id", "=", move],
            ["field_id.name", "=", "state"],
        ],
    )
    assert changes == 1


def test_ten_invoices_at_the_same_moment(clinic):
    rows = handed_over(clinic, AT_ONCE, "every")
    answers = get_at_once([row["pay_url"] for row in rows])
    assert [status for status, _page in answers] == [200] * AT_ONCE
    # who was told to look again does so
    for row in rows:
        wait_until(lambda row=row: 'data-state="to_pay"' in get(row["pay_url"])[1])
    numbers = {clinic.kari.invoice(row["id"])["name"] for row in rows}
    assert len(numbers) == AT_ONCE and all(numbers)
    assert all(
        clinic.kari.messages(row["id"])[0]["state"] == "delivered" for row in rows
    )


def test_head_and_wrong_links_change_nothing(clinic):
    (row,) = handed_over(clinic, 1, "head")
    assert get(row["pay_url"], "HEAD") == (200, "")
    status, page = get(row["pay_url"] + "x")
    assert status == 404
    assert "This link does not work" in page
    assert clinic.kari.invoice(row["id"])["state"] == "draft"
    # and the mail goes its way
    clinic.mail.defer = set()
    pass_the_pause(clinic)
    wait_until_posted(clinic, [row["id"]])
    assert len(mails_to(clinic, row["address"])) == 1


@pytest.fixture
def phone(chromium):
    """A page of a phone on which nobody is logged in."""
    context = chromium.new_context(
        viewport={"width": 400, "height": 800}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.set_default_timeout(TIMEOUT * 1000)
    expect.set_options(timeout=TIMEOUT * 1000)
    yield page
    context.close()


def booking_of(clinic, row):
    (booking,) = clinic.kari.read("account.move", row["id"], "booking_ids")[
        "booking_ids"
    ]
    return clinic.kari.booking(booking)


def pay(page, outcome):
    """Press Pay on the pay link's page, and fill in the form of `payment_demo`."""
    page.get_by_role("link", name="Pay", exact=True).click()
    dialog = page.get_by_role("dialog")
    details = dialog.get_by_role("textbox", name="Payment Details")
    details.fill("4242 4242 4242 4242")
    dialog.get_by_label("Payment Status").select_option(outcome)
    dialog.get_by_role("button", name="Pay").click()


def test_paid_on_a_phone_without_login(clinic, phone):
    (row,) = handed_over(clinic, 1, "phone")
    phone.goto(row["pay_url"])
    expect(phone.get_by_role("heading", name="To pay")).to_be_visible()
    assert clinic.kari.invoice(row["id"])["state"] == "posted"
    assert booking_of(clinic, row)["payment_status"] == "unpaid"
    assert_fits(phone)
    pay(phone, "done")
    phone.wait_for_url(row["pay_url"])
    expect(phone.get_by_role("heading", name="Paid. Thank you!")).to_be_visible()
    assert_fits(phone)
    booking = booking_of(clinic, row)
    assert booking["payment_status"] == "paid" and booking["is_settled"]


def test_nobody_pays_twice_while_the_bank_works(clinic, phone):
    (row,) = handed_over(clinic, 1, "pending")
    phone.goto(row["pay_url"])
    pay(phone, "pending")
    phone.wait_for_url("**/payment/status")
    phone.goto(row["pay_url"])
    heading = phone.get_by_role("heading", name="Your payment is being processed")
    expect(heading).to_be_visible()
    expect(phone.get_by_role("link", name="Pay", exact=True)).to_have_count(0)
    assert booking_of(clinic, row)["payment_status"] == "unpaid"


@pytest.fixture
def together(clinic):
    """The practice sends one message for all that is due to a payer."""
    company = clinic.admin.read("res.users", clinic.admin.rpc.uid, "company_id")
    company = company["company_id"][:1]
    clinic.admin.rpc.call("res.company", "write", company, {"payments_together": True})
    yield
    clinic.admin.rpc.call("res.company", "write", company, {"payments_together": False})


def test_three_paid_at_once_on_a_phone(clinic, phone, together):
    clinic.mail.defer = lambda _address: True
    [(address, moves)] = drafts_of_each(clinic.kari, 1, "together", 3).items()
    send_and_wait(clinic, moves)
    # one message, with a link of its own
    [message] = clinic.kari.ids("konfidens.payment.message", move_ids=moves[0])
    url = clinic.kari.read("konfidens.payment.message", message, "pay_url")["pay_url"]
    # ten open it at the same moment: each is completed once
    answers = get_at_once([url] * AT_ONCE)
    assert [status for status, _page in answers] == [200] * AT_ONCE
    wait_until(lambda: 'data-state="to_pay"' in get(url)[1])
    invoices = [clinic.kari.invoice(move) for move in moves]
    assert [invoice["state"] for invoice in invoices] == ["posted"] * 3
    assert len({invoice["name"] for invoice in invoices}) == 3
    phone.goto(url)
    expect(phone.get_by_text("3,750.00", exact=False)).to_be_visible()
    assert_fits(phone)
    phone.get_by_role("link", name="Pay all").click()
    details = phone.get_by_role("textbox", name="Payment Details")
    details.fill("4242 4242 4242 4242")
    phone.get_by_label("Payment Status").select_option("done")
    assert_fits(phone)
    phone.get_by_role("button", name="Pay").click()
    phone.wait_for_url(url)
    expect(phone.get_by_role("heading", name="Paid. Thank you!")).to_be_visible()
    assert_fits(phone)
    for move in moves:
        assert booking_of(clinic, {"id": move})["payment_status"] == "paid"
    # and the one mail goes its way
    clinic.mail.defer = set()
    pass_the_pause(clinic)
    run_cron(clinic, "send_due")
    wait_until(lambda: mails_to(clinic, address))
    assert len(mails_to(clinic, address)) == 1


@pytest.fixture
def swish(clinic):
    with taking_swish(clinic):
        yield


def test_swish_on_a_phone(clinic, phone, swish):
    moves = drafts(clinic.kari, 1, "swish")
    charge_in_kronor(clinic, moves)
    [row] = send_and_wait(clinic, moves)
    phone.goto(row["pay_url"])
    expect(phone.get_by_role("heading", name="pay with Swish")).to_be_visible()
    expect(phone.get_by_text("We match the payment by hand")).to_be_visible()
    assert_fits(phone)
    # the browser shows the code
    code = phone.get_by_role("img", name="QR code for the Swish app")
    assert code.evaluate("image => image.complete && image.naturalWidth") == 400
    # Swish is told what is to be paid, and not by which page
    asked = []
    phone.route(
        "https://app.swish.nu/**",
        lambda route: (asked.append(route.request), route.fulfill(body="Swish")),
    )
    phone.get_by_role("link", name="Open Swish").click()
    phone.wait_for_url("https://app.swish.nu/**")
    [request] = asked
    move = clinic.kari.read("account.move", row["id"], "payment_reference")
    assert request.url == (
        "https://app.swish.nu/1/p/sw/?sw=1234567890&amt=1250.00&cur=SEK&msg="
        + move["payment_reference"]
    )
    assert "referer" not in request.headers


def assert_fits(page):
    """Nothing has to be moved sideways on this screen."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]
