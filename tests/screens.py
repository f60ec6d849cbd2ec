"""What somebody does in Odoo's web client, as the system tests do."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from devtools.environment.clock import utc_now
from web_client import visit

expect.set_options(timeout=20000)
SERVICE = "Psychotherapy, 45 minutes"
WIDTHS = pytest.mark.parametrize("width", [1400, 400], ids=["wide", "narrow"])
# So long, and a bit, a list waits for more to arrive before it is loaded anew.
CALM = 2000  # milliseconds


def see(page, path, seen):
    """Visit a page and wait until something is seen there."""
    visit(page, path)
    expect(page.locator(seen).first).to_be_visible()


def select(page, *words):
    """Tick the rows of a list in which these words stand."""
    for row in words:
        box = page.locator(".o_data_row", has_text=row).locator("input[type=checkbox]")
        box.first.check()


def search(page, words):
    """Let a list show only what it finds by these words, however much there is.

    Return when the list has been loaded: what is ticked before is not ticked after.
    """
    mark_old(page)
    search_for(page, words)
    expect(page.locator(".o_data_row.old")).to_have_count(0)


def search_for(page, words):
    """Ask a list for what it finds by these words, and do not wait for it."""
    page.locator(".o_searchview_input").fill(words)
    # what Enter chooses
    expect(page.locator(".o_searchview_autocomplete .focus")).to_contain_text(words)
    page.keyboard.press("Enter")
    expect(page.locator(".o_facet_value", has_text=words)).to_be_visible()


def mark_old(page):
    """Mark the rows of a list: those that it shows when it was loaded anew are not."""
    page.locator(".o_data_row").evaluate_all(
        "rows => rows.forEach((row) => row.classList.add('old'))"
    )


def wait_until_told(page, words):
    """Wait until a notification has said so."""
    page.wait_for_function(
        "words => [...window.told].some(one => one.includes(words))",
        arg=words,
        timeout=20000,
    )


def menu(page):
    """Open the menu *Actions* of a list, or the one behind the cog of a form."""
    page.locator(".o_cp_action_menus button:visible").last.click()
    return page.locator(".o-dropdown--menu").last


def book(clinic, title, days=0, hour=9):
    """Book an appointment of Kari's this week; return its id."""
    start = utc_now().replace(hour=hour, minute=0, second=0) + timedelta(days=days)
    return clinic.kari.book("Lina Öberg", start, SERVICE, title)
