"""Lists in which many are chosen, and which show by themselves what arrived."""

from playwright.sync_api import expect

from devtools.environment.clock import wait_until
from devtools.practice.bookings import drafts
from devtools.practice.jobs import wait_until_posted
from screens import (
    CALM,
    book,
    mark_old,
    search,
    search_for,
    see,
    select,
    wait_until_told,
)


def test_many_are_sent_and_the_list_shows_it(clinic, web_client):
    drafts(clinic.kari, 3, "many")
    page = web_client()
    see(page, "bookings", ".o_data_row")
    search(page, "many0")
    page.evaluate("window.notReloaded = true")
    select(page, "many00", "many01", "many02")
    page.get_by_role("button", name="Send Payment Message").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Send Now").click()
    wait_until_told(page, "3 payment messages go out now.")
    expect(dialog).to_be_hidden()
    # by itself, when they have arrived
    for name in ("many00", "many01", "many02"):
        row = page.locator(".o_data_row", has_text=name)
        expect(row).to_contain_text("Unpaid", timeout=60000)
    assert page.evaluate("window.notReloaded")


def test_a_search_is_not_lost_while_messages_arrive(clinic, web_client):
    drafts(clinic.kari, 2, "found")
    (move,) = drafts(clinic.kari, 1, "arrives")
    page = web_client().context.new_page()
    see(page, "bookings", ".o_data_row")
    asked = []
    page.route("**/web_search_read", lambda route: asked.append(route))
    search_for(page, "found0")
    clinic.kari.send(move)
    wait_until_posted(clinic, [move])
    page.wait_for_timeout(CALM)  # the list would be loaded anew
    assert asked
    page.unroute("**/web_search_read")  # what was held goes on
    expect(page.locator(".o_data_row")).to_have_count(2)
    expect(page.locator(".o_data_row", has_text="found0")).to_have_count(2)


def test_a_choice_is_not_lost_while_messages_arrive(clinic, web_client):
    drafts(clinic.kari, 2, "chosen")
    (move,) = drafts(clinic.kari, 1, "comes")
    page = web_client().context.new_page()
    see(page, "bookings", ".o_data_row")
    search(page, "chosen0")
    expect(page.locator(".o_data_row")).to_have_count(2)
    asked = []
    page.route("**/web_search_read", lambda route: asked.append(route))
    clinic.kari.send(move)
    wait_until_posted(clinic, [move])
    wait_until(lambda: page.wait_for_timeout(100) or asked, what="the list to load")
    select(page, "chosen00")
    mark_old(page)
    page.unroute("**/web_search_read")  # what was held goes on
    expect(page.locator(".o_data_row:not(.old)")).to_have_count(2)
    boxes = page.locator(".o_data_row input[type=checkbox]:checked")
    expect(boxes).to_have_count(1)
    expect(page.locator(".o_selection_box")).to_contain_text("1")


def test_what_has_an_invoice_is_left_out(clinic, web_client):
    (move,) = drafts(clinic.kari, 1, "mixed")
    book(clinic, "Mixed", hour=7)
    page = web_client()
    see(page, "bookings", ".o_data_row")
    search(page, "mixed0")
    search(page, "Lina Öberg")
    select(page, "mixed00")
    page.locator(".o_data_row", has_text="Lina Öberg").filter(
        has_text="To invoice"
    ).first.locator("input[type=checkbox]").check()
    page.get_by_role("button", name="Create Invoice").first.click()
    wait_until_told(page, "1 draft invoice made. 1 appointment has an invoice already.")
    expect(page.locator(".ribbon", has_text="Preview")).to_be_visible()
    assert clinic.kari.invoice(move)["state"] == "draft"
