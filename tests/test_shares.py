"""What several payers pay of one appointment, split in a browser."""

import re

import pytest
from playwright.sync_api import expect

from devtools.practice.bookings import book_many
from web_client import visit

expect.set_options(timeout=20000)


@pytest.mark.parametrize("width", [1400, 400], ids=["wide", "narrow"])
def test_split_between_payers(clinic, web_client, width):
    (event,) = book_many(clinic.kari, 1, f"share{width}")
    rpc = clinic.kari.rpc
    employer = f"Fjord {width} AS"
    rpc.call("res.partner", "create", [{"name": employer, "email": "f@example.com"}])
    page = web_client(width=width)
    visit(page, f"calendar.event/{event}")
    form = page.locator(".o_form_view")
    expect(form).to_contain_text(f"share{width}00")
    page.get_by_role("button", name="Split Between Payers").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Add who else pays")
    fill(page, dialog, width, employer)
    expect(dialog).not_to_contain_text("Add who else pays")
    dialog.get_by_role("button", name="Split", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    # the page behind it tells
    expect(form).to_contain_text("0 of 2 paid.")
    expect(form).to_contain_text(employer)
    if width > 767:
        assert_no_button_is_cut(form)
    shares = rpc.call(
        "konfidens.payment.booking",
        "search_read",
        [["event_id", "=", event]],
        ["payer_id", "price", "share"],
        order="id",
    )
    assert [(one["price"], one["share"]) for one in shares] == [
        (625.0, 50.0),
        (625.0, 50.0),
    ]
    assert shares[1]["payer_id"][1] == employer


def assert_no_button_is_cut(form):
    rows = form.locator(".o_list_renderer")
    edge = rows.bounding_box()["x"] + rows.bounding_box()["width"]
    buttons = rows.locator(".o_data_row button:visible").all()
    assert len(buttons) > 4
    for button in buttons:
        box = button.bounding_box()
        assert box["x"] + box["width"] <= edge, button.get_attribute("name")


def fill(page, dialog, width, name):
    """Add a payer, who gets what is left: in a row, or on a phone in a dialog."""
    if width > 767:
        dialog.get_by_role("button", name=re.compile("Add a line")).click()
        payer = dialog.locator(".o_selected_row [name=payer_id] input")
        payer.fill(name)
        page.locator(".o-autocomplete--dropdown-item", has_text=name).first.click()
        return
    dialog.get_by_text("Add Payers").click()
    row = page.get_by_role("dialog").last
    row.get_by_label("Payer").click()
    page.locator(".o_kanban_record", has_text=name).first.click()
    expect(row.get_by_label("Payer")).to_have_value(name)
    row.get_by_role("button", name=re.compile("Save")).first.click()
    expect(page.get_by_role("dialog")).to_have_count(1)
