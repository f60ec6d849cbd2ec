"""The whole job in a browser, as a practitioner does it."""

import contextlib
import re

import pytest
from playwright.sync_api import expect

from devtools.environment.clock import utc_now
from devtools.environment.settings import cache_folder
from devtools.pictures.camera import NARROW
from web_client import visit

expect.set_options(timeout=20000)


@contextlib.contextmanager
def kept_on_failure(page, name):
    """Keep a picture of the page, in the cache's logs, when the block fails."""
    try:
        yield
    except BaseException:
        path = cache_folder() / "logs" / f"{name}.png"
        page.screenshot(path=path)
        print(f"The page when it failed: {path}")
        raise


@pytest.mark.parametrize(
    ("width", "client", "address"),
    [
        (1400, "Lina Öberg", "lina.oberg@example.com"),
        (400, "Henrik Dahl", "henrik.dahl@example.com"),
    ],
    ids=["wide", "narrow"],
)
def test_the_whole_job(clinic, web_client, width, client, address):
    page = web_client(width=width)
    with kept_on_failure(page, f"test_browser-{width}"):
        open_client(page, clinic, client)
        create_invoice(page)
        # What survives only as long as nobody reloads the page.
        page.evaluate("window.notReloaded = true")
        send_now(page, address)
        clinic.mail.wait_for(lambda mail: address in mail.recipients)
        expect(page.locator(".o_form_view")).to_contain_text(
            re.compile(r"INV/\d{4}/\d+")
        )
        expect(ribbon(page)).to_be_hidden()
        assert page.evaluate("window.notReloaded")
        assert not page.locator(".o_error_dialog").count()


def ribbon(page):
    return page.locator(".ribbon", has_text="Preview")


def open_client(page, clinic, client):
    (client_id,) = clinic.kari.ids("res.partner", name=client)
    visit(page, f"contacts/{client_id}")
    page.get_by_role("tab", name="Invoices").click()
    expect(page.get_by_text("Settled", exact=True)).to_be_visible()


def create_invoice(page):
    page.locator("[name=settled_booking_ids]").get_by_role(
        "button", name="Create Invoice"
    ).first.click()
    expect(ribbon(page)).to_be_visible()
    expect(page.locator(".o_form_view")).not_to_contain_text("INV/")


def send_now(page, address):
    page.get_by_role("button", name="Send Payment Message").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(address)
    dialog.get_by_role("button", name="Send Now").click()
    expect(dialog).to_be_hidden()


def test_the_calendar_reads_payments_when_an_appointment_is_opened(clinic, web_client):
    start = utc_now().replace(hour=9, minute=0, second=0, microsecond=0)
    clinic.kari.book("Lina Öberg", start, "Psychotherapy, 45 minutes", "Lina, calendar")
    for width in (1400, 400):
        page = web_client(width=width)
        asked = []
        page.on("request", lambda request, asked=asked: asked.append(request))
        with kept_on_failure(page, f"test_browser-calendar-{width}"):
            visit(page, "calendar")
            page.locator(".fc-event", has_text="Lina, calendar").first.click()
            opened = page.locator(".o_cw_popover, .modal")
            expect(opened).to_contain_text("Lina Öberg")
            expect(opened).to_contain_text("To invoice")
            expect(opened).to_contain_text("1,250.00")
        week = [
            request.post_data_json["params"]
            for request in asked
            if request.url.endswith("calendar.event/search_read")
        ]
        assert week, "the week was read"
        names = {name for params in week for name in params["kwargs"]["fields"]}
        assert "start" in names
        assert not names & {"payment_status", "payment_next_step", "invoice_id"}


@pytest.mark.parametrize("width", [1400, 400], ids=["wide", "narrow"])
def test_more_options_shows_the_service_of_the_quick_window(web_client, width):
    page = web_client(width=width)
    with kept_on_failure(page, f"test_browser-options-{width}"):
        visit(page, "calendar")
        page.locator(".fc-timegrid-slot-lane[data-time='14:00:00']").click()
        quick = page.get_by_role("dialog")
        choose(page, quick, "service_id", "Psychotherapy, 45 minutes")
        quick.get_by_role("button", name="More Options").click()
        expect(quick).to_be_hidden()
        payment = page.locator(".o_form_view .o_inner_group", has_text="Service")
        expect(payment.locator("[name=service_id] input")).to_have_value(
            re.compile("Psychotherapy, 45 minutes")
        )
        choose(page, page.locator(".o_form_view"), "partner_ids", "Lina Öberg")
        expect(payment.locator("[name=client_id] input")).to_have_value("Lina Öberg")
        expect(payment.locator("[name=price] input")).to_have_value("1,250.00")
        page.locator(".o_form_button_cancel").click()


def test_who_plans_for_everybody_chooses_the_practitioner(web_client):
    page = web_client("admin")
    visit(page, "calendar")
    page.locator(".fc-timegrid-slot-lane[data-time='13:00:00']").click()
    quick = page.get_by_role("dialog")
    choose(page, quick, "user_id", "Kari Lunde")
    quick.get_by_role("button", name="More Options").click()
    expect(quick).to_be_hidden()
    page.get_by_role("tab", name="Options").click()
    expect(page.locator("[name=user_id] input")).to_have_value("Kari Lunde")
    page.locator(".o_form_button_cancel").click()


def choose(page, place, field, name):
    """Take a record that a field proposes, and wait for what follows from it."""
    typed = place.locator(f"[name={field}] input").first
    typed.click()
    if page.viewport_size["width"] > NARROW:  # a phone opens a list of its own
        typed.fill(name)
    proposed = page.locator(".o-autocomplete--dropdown-item, .o_kanban_record")
    with page.expect_response(re.compile("/onchange$")):
        proposed.get_by_text(name).first.click()
