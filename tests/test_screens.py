"""What the screens say and offer, where only a browser shows it."""

import re
import time
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from devtools.environment.clock import utc_now
from devtools.practice.bookings import drafts
from devtools.practice.jobs import wait_until_posted
from screens import CALM, SERVICE, WIDTHS, book, menu, see, select

# A button or a badge in one line, in pixels.
ONE_LINE = 45


# === COMPLETE INVOICE === #


@WIDTHS
def test_complete_and_send(clinic, web_client, width):
    ((move, address),) = drafts(clinic.kari, 1, f"hand{width}").items()
    page = web_client(width=width)
    see(page, f"booking-invoices/{move}", ".o_form_statusbar button")
    button = page.locator(".o_form_statusbar").get_by_role(
        "button", name="Complete Invoice"
    )
    if not button.is_visible():
        page.locator(".o_statusbar_buttons button[title=More]").click()
        button = page.locator(".o-dropdown--menu").get_by_role(
            "button", name="Complete Invoice"
        )
    button.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"hand{width}00 has not been told")
    dialog.get_by_role("button", name="Complete and Send").click()
    dialog.get_by_role("button", name="Send Now").click()
    expect(dialog).to_be_hidden()
    # the form behind both dialogs is fresh
    expect(page.locator(".o_form_view")).to_contain_text(re.compile(r"INV/\d{4}/\d+"))
    clinic.mail.wait_for(lambda mail: address in mail.recipients)


def test_form_that_was_left_is_at_peace(clinic, web_client):
    """Nothing goes wrong in it when the message arrives that it waited for."""
    event = book(clinic, "Left", hour=16)
    move = clinic.kari.create_invoice(event)
    page = web_client()
    see(page, "calendar", ".fc-event")
    page.locator(".fc-event", has_text="Left").first.click()
    page.locator(".o_cw_popover_edit").click()
    expect(page.locator("[name=payment_next_step]")).to_be_visible()
    page.locator(".breadcrumb-item a").first.click()
    expect(page.locator(".fc-event").first).to_be_visible()
    clinic.kari.send(move)
    wait_until_posted(clinic, [move])
    page.wait_for_timeout(CALM)  # there is nothing to wait for: no error may come


# === BEFORE AN APPOINTMENT IS DELETED === #


@WIDTHS
def test_deleting_says_what_becomes_of_the_payment(clinic, web_client, width):
    event = book(clinic, f"Deleted {width}", hour=11)
    clinic.kari.create_invoice(event)
    words = "The draft invoice is cancelled."
    page = web_client(width=width)
    see(page, "calendar", ".fc-event")
    page.locator(".fc-event", has_text=f"Deleted {width}").first.click()
    page.locator(".o_cw_popover_delete").click()
    expect(page.get_by_role("dialog").last).to_contain_text(words)
    see(page, f"calendar/{event}", "[name=payment_next_step]")
    menu(page).get_by_text("Archive", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(words)
    dialog.get_by_role("button", name="Archive").click()
    expect(dialog).to_be_hidden()
    (row,) = clinic.admin.rpc.call(
        "konfidens.payment.booking",
        "search_read",
        [["event_id", "=", event], ["active", "=", False]],
        ["payment_status"],
    )
    assert row["payment_status"] == "cancelled"


@pytest.mark.parametrize("act", ["Delete", "Archive"])
def test_deleting_many_says_what_becomes_of_the_payments(clinic, web_client, act):
    titles = [f"{act} {number}" for number in range(2)]
    events = [book(clinic, title, days=3, hour=15) for title in titles]
    clinic.kari.press("calendar.event", "action_create_invoice", *events)
    page = web_client()
    see(page, "calendar", ".fc-event")
    page.locator(".o_switch_view.o_list").click()
    select(page, *titles)
    menu(page).get_by_text(act, exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2 draft invoices are cancelled.")
    dialog.get_by_role("button", name=act).click()
    expect(page.locator(".o_data_row", has_text=titles[0])).to_be_hidden()


def test_deleting_a_series_in_its_form_takes_what_was_chosen(clinic, web_client):
    start = utc_now().replace(hour=9, minute=0, second=0) + timedelta(days=8)
    weekly = {"recurrency": True, "rrule_type": "weekly", "end_type": "count"}
    weekly |= {"count": 3, f"{start:%a}".lower(): True}
    clinic.kari.book("Lina Öberg", start, SERVICE, "Weekly", **weekly)
    weekly = [["name", "=", "Weekly"]]
    series = clinic.kari.rpc.call("calendar.event", "search", weekly, order="start")
    page = web_client()
    see(page, f"calendar/{series[1]}", "[name=payment_next_step]")
    menu(page).get_by_text("Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("This and following").click()
    dialog.get_by_role("button", name="Confirm").click()
    expect(dialog).to_contain_text("De här tiderna är avbokade:")  # she reads Swedish
    dialog.get_by_role("button", name="Send and delete").click()
    expect(dialog).to_be_hidden()
    assert len(series) == 3
    assert clinic.kari.ids("calendar.event", name="Weekly") == series[:1]


# === WHAT IS THE NEXT STEP IS SEEN === #


@WIDTHS
def test_send_payment_message_is_seen(clinic, web_client, width):
    event = book(clinic, f"Seen {width}", hour=13)
    page = web_client(width=width)
    see(page, "calendar", ".fc-event")
    page.locator(".fc-event", has_text=f"Seen {width}").first.click()
    button = page.locator("button[name=send_payment_message]")
    expect(button).to_be_visible()
    assert button.bounding_box()["height"] < ONE_LINE
    for one in page.locator("*:has(> [name=send_payment_message]) > *").all():
        assert one.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), "all is read"
        assert one.evaluate(
            "e => e.getBoundingClientRect().right <="
            " e.parentElement.getBoundingClientRect().right"
        ), "and inside"
    see(page, f"calendar/{event}", "[name=payment_next_step]")
    buttons = page.locator(".o_statusbar_buttons > button:visible")
    expect(buttons.first).to_have_text("Send Payment Message")
    # also of a number that nobody was told of
    move = clinic.kari.create_invoice(event)
    clinic.kari.press("account.move", "action_complete_invoice", move)
    see(page, f"calendar/{event}", "[name=payment_next_step]")
    expect(page.locator("[name=payment_next_step]")).to_contain_text("Nobody was told")
    expect(buttons.first).to_have_text("Send Payment Message")
    see(page, "calendar", ".fc-event")
    page.locator(".fc-event", has_text=f"Seen {width}").first.click()
    expect(button).to_be_visible()


# === NO BUTTON ENDS IN AN ACCESS ERROR === #


@pytest.fixture(scope="module")
def roles(_running_practice):
    """The logins of a practitioner, a secretary, an administrator and an auditor."""
    rpc = _running_practice.admin.rpc
    groups = {
        "sonja": "konfidens_payments.group_payments_user_all",
        "hedda": "konfidens_payments.group_payments_manager",
        "audun": "account.group_account_readonly",
    }

    def find(xml_id):
        module, name = xml_id.split(".")
        domain = [["module", "=", module], ["name", "=", name]]
        return rpc.call("ir.model.data", "search_read", domain, ["res_id"])[0]["res_id"]

    for login, group in groups.items():
        ids = [find("base.group_user"), find("base.group_partner_manager"), find(group)]
        values = {
            "name": login.title(),
            "login": login,
            "password": login,
            "group_ids": [[6, 0, ids]],
            "odoobot_state": "disabled",
        }
        rpc.call("res.users", "create", [values])
    return ["kari", *groups]


# So long nothing is asked of the server once a page is complete, in milliseconds.
REST, TICK = 400, 50
# What changes the invoice, and is tested elsewhere.
CHANGES = ("Complete Invoice", "Bill Externally", "Revoke Pay Link")


def test_no_button_ends_in_an_access_error(clinic, web_client, roles):
    draft, completed = drafts(clinic.kari, 2, "press")
    clinic.kari.press("account.move", "action_complete_invoice", completed)
    pressed = set()
    for login in roles:
        page = web_client(login)
        traffic = Traffic(page)
        see(page, "booking-invoices", ".o_data_row")
        page.locator("th.o_list_record_selector input").check()
        expect(page.locator(".o_selection_box")).to_be_visible()
        for name in ("New", "Send", "Upload"):
            button = page.get_by_role("button", name=name, exact=True)
            expect(button).to_be_hidden()
        for move in (draft, completed):
            see_invoice(page, move)
            for place, name in get_offered(page):
                what = login == "audun", move, name
                # practitioner, secretary and administrator have the same form
                if what in pressed or name in CHANGES:
                    continue
                pressed.add(what)
                assert_opens(page, traffic, move, place, name)
    names = {name for _other_form, _move, name in pressed}
    assert {"Take Payment", "See as the Client", "Preview"} <= names


def see_invoice(page, move):
    see(page, f"booking-invoices/{move}", ".o_form_view .o_form_statusbar")


def get_offered(page):
    """Return what an invoice's form offers: pairs of a place (a function) and name."""
    offered = []
    for place, item in ((header, "button"), (menu, ".o-dropdown-item")):
        names = place(page).locator(item).all_inner_texts()
        offered += [(place, name.strip()) for name in names if name.strip()]
    return [(place, name) for place, name in offered if name != "Print"]


def header(page):
    return page.locator(".o_statusbar_buttons")


def assert_opens(page, traffic, move, place, name):
    """Press a button of an invoice's form, which may lead elsewhere."""
    see_invoice(page, move)
    place(page).get_by_text(name, exact=True).first.click()
    traffic.wait_for_rest()
    error = page.locator(".modal", has_text=re.compile("Access Error|Uh-oh"))
    assert not error.count(), name


class Traffic:
    """What a page asks its server."""

    def __init__(self, page):
        self.page = page
        self.under_way = set()
        page.on("request", self._begin)
        for end in ("requestfinished", "requestfailed"):
            page.on(end, lambda request: self.under_way.discard(request))

    def _begin(self, request):
        # nobody is told of the end of a worker's script
        if "websocket_worker" not in request.url:
            self.under_way.add(request)

    def wait_for_rest(self):
        """Wait until all is answered, and what is asked because of the answers."""
        end = time.monotonic() + 60
        rest = 0
        while rest < REST:
            assert time.monotonic() < end, [one.url for one in self.under_way]
            self.page.wait_for_timeout(TICK)
            rest = 0 if self.under_way else rest + TICK


# === FILTERS === #


@pytest.mark.parametrize(
    "path",
    [
        "bookings",
        "booking-invoices",
        "unpaid-invoices",
        "action-konfidens_payments.action_payment_messages",
        "action-konfidens_payments.action_services",
    ],
)
def test_names_of_filters_are_read_whole(clinic, web_client, path):
    page = web_client("admin")
    see(page, path, ".o_searchview_dropdown_toggler")
    page.locator(".o_searchview_dropdown_toggler").click()
    names = page.locator(".o_filter_menu .o_menu_item")
    expect(names.first).to_be_visible()
    cut = [
        name.inner_text()
        for name in names.all()
        if name.evaluate("e => e.scrollWidth > e.clientWidth + 1")
    ]
    assert cut == []
