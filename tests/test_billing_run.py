"""A billing run on a running server: seen in a browser, and killed in the middle."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from devtools.environment.clock import utc_now, wait_until
from devtools.practice.bookings import book_many
from pauses import holding
from web_client import visit

MODEL = "konfidens.payment.run"
# More than a run does while somebody waits, so that the job does it, in three batches.
BOOKINGS = 210


def prepare(desk, appointments, **choices):
    """Prepare a billing run; returns its id."""
    action = desk.press("calendar.event", "action_prepare_billing_run", *appointments)
    desk.rpc.call(MODEL, "write", [action["res_id"]], choices)
    return action["res_id"]


def stands(desk, run):
    """How a run stands: a dict."""
    names = ("state", "progress", "billable_count", "billed_count", "undone_count")
    return desk.read(MODEL, run, *names)


def invoices_of(desk, bookings):
    """The invoices that were ever made of these bookings: a list of dicts."""
    return desk.rpc.call(
        "account.move",
        "search_read",
        [["booking_ids", "in", bookings]],
        ["state", "booking_ids"],
    )


def assert_each_has_one_invoice(desk, bookings):
    billed = [row["booking_ids"] for row in invoices_of(desk, bookings)]
    assert sorted(billed) == sorted([booking] for booking in bookings)


def test_prepare_for_all_from_the_list_of_runs(clinic, web_client):
    appointments = book_many(clinic.kari, 3, "all")
    for width in (1400, 400):  # the list, and on a phone the cards
        page = web_client("admin", width)
        visit(page, "billing-runs")
        page.get_by_role("button", name="Prepare for All").click()
        # from the day of activation until today, unless one chooses otherwise
        expect(page.locator("[name=until_date]")).to_be_visible()
        run = max(clinic.admin.rpc.call(MODEL, "search", []))
        assert clinic.admin.read(MODEL, run, "until_date")["until_date"]
        every = {"cutoff_date": False, "until_date": False}
        clinic.admin.rpc.call(MODEL, "write", [run], every)
        visit(page, f"action-konfidens_payments.action_runs/{run}")
        expect(page.get_by_text("A rehearsal: nothing happens")).to_be_visible()
        count = int(page.locator("[name=billable_count]").first.inner_text())
        assert count >= len(appointments)


def test_killed_in_the_middle_it_goes_on_where_it_was(clinic):
    admin = clinic.admin
    appointments = book_many(clinic.kari, BOOKINGS, "run")
    bookings = admin.bookings(*appointments)
    tomorrow = utc_now() + timedelta(days=1)
    run = prepare(
        admin, appointments, send_mode="later", scheduled_date=f"{tomorrow:%F %T}"
    )
    admin.press(MODEL, "action_run", run)
    seen = []
    for _kill in range(2):
        before = stands(admin, run)["billed_count"]
        wait_until(
            lambda before=before: stands(admin, run)["billed_count"] > before,
            60,
            "a batch",
        )
        clinic.server.kill()
        clinic.server.start()
        seen.append(stands(admin, run)["billed_count"])
        clinic.wake_cron()
    assert 0 < seen[0] < BOOKINGS, seen
    wait_until(lambda: stands(admin, run)["state"] == "done", 120, "the run's end")
    assert stands(admin, run)["billed_count"] == BOOKINGS
    assert_each_has_one_invoice(admin, bookings)

    messages = admin.rpc.call(
        "konfidens.payment.message",
        "search_read",
        [["move_ids.booking_ids", "in", bookings]],
        ["state"],
    )
    assert [row["state"] for row in messages] == ["scheduled"] * BOOKINGS


def test_the_bar_moves_and_it_is_taken_back(clinic, web_client):
    page = web_client("admin")
    appointments = book_many(clinic.kari, BOOKINGS, "bar")
    bookings = clinic.admin.bookings(*appointments)
    run = prepare(clinic.admin, appointments)
    visit(page, f"action-konfidens_payments.action_runs/{run}")
    page.evaluate("window.notReloaded = true")
    # Somebody works on the last one: there is time to see the bar.
    held = "SELECT id FROM konfidens_payment_booking WHERE id = %s FOR NO KEY UPDATE"
    with holding(clinic.database, held, [max(bookings)]):
        page.get_by_role("button", name="Start", exact=True).click()
        bar = page.locator("[name=progress]")
        expect(bar).to_contain_text(re.compile(r"\b[1-9]\d? ?%"), timeout=60000)

    def is_done():
        clinic.wake_cron()
        return stands(clinic.admin, run)["state"] == "done"

    wait_until(is_done, 60, "the job, which comes back for the last one")
    results = page.get_by_role("button", name="Results")
    expect(results).to_be_visible(timeout=120000)
    expect(page.locator("[name=billed_count]").first).to_have_text(str(BOOKINGS))
    assert_each_has_one_invoice(clinic.admin, bookings)
    page.get_by_role("button", name="Take Back").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"{BOOKINGS} of {BOOKINGS}")
    dialog.get_by_role("button", name="Take Back").click()
    taken_back = page.locator("[name=undone_count]")
    expect(taken_back).to_have_text(str(BOOKINGS), timeout=120000)
    assert page.evaluate("window.notReloaded")
    states = {row["state"] for row in invoices_of(clinic.admin, bookings)}
    assert states == {"cancel"}
    assert clinic.kari.appointment(min(appointments))["payment_status"] == "to_invoice"
