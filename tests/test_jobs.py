"""Jobs that do not run: what people read, and what a monitor does."""

import json
import urllib.error
import urllib.request
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from devtools.database import catalog
from devtools.environment.clock import utc_now, wait_until
from devtools.practice.bookings import drafts
from web_client import visit

JOB = "Payments: send due payment messages"
# So long an answer of the page for monitors holds, and so long after its start a
# server's jobs may take to begin.
KEPT, GRACE = 10, 60
SWITCHED_OFF = f"The scheduled action “{JOB}” is switched off"
# The pages of Payments that say so, by the names of their actions.
PAGES = ("bookings", "attention", "payment_messages", "runs")


def health(clinic):
    """Status and answer of the page for monitors, as one gets it without a login."""
    try:
        url = f"{clinic.server.url}/konfidens_payments/health"
        with urllib.request.urlopen(url, timeout=30) as page:
            return page.status, json.load(page)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


_A_DAY_LATER = """
    UPDATE ir_cron SET nextcall = nextcall - interval '1 day',
                       lastcall = lastcall - interval '1 day';
    DELETE FROM ir_cron_progress;
"""
PASS, FAIL = (200, {"status": "pass"}), (503, {"status": "fail"})


def path_of(name):
    return f"action-konfidens_payments.action_{name}"


def switch(clinic, active):
    """Switch the job that sends on or off; when it is on again, it is time for it."""
    catalog.execute_in(
        clinic.database,
        "UPDATE ir_cron SET active = %s, nextcall = LEAST(nextcall, %s)"
        " WHERE cron_name = %s",
        [active, utc_now(), JOB],
    )


@pytest.fixture
def switched_off(clinic):
    """The practice whose sending job is switched off, with a message due yesterday."""
    (move,) = drafts(clinic.kari, 1, "switchedoff")
    switch(clinic, False)
    clinic.kari.send(move)
    (message,) = clinic.kari.messages(move)
    yesterday = utc_now() - timedelta(days=1)
    catalog.execute_in(
        clinic.database,
        "UPDATE konfidens_payment_message SET scheduled_date = %s WHERE id = %s",
        [yesterday, message["id"]],
    )
    yield move
    switch(clinic, True)
    clinic.wake_cron()


@pytest.mark.parametrize("width", [1400, 400], ids=["wide", "narrow"])
def test_who_opens_payments_reads_it(switched_off, web_client, width):
    page = web_client(width=width)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    notice = page.locator(".o_konfidens_payments_notice")
    for name in PAGES:
        visit(page, path_of(name))
        expect(notice).to_contain_text(SWITCHED_OFF)
        expect(notice).to_be_in_viewport()
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - window.innerWidth"
        )
        assert overflow <= 0
    del asked[:]
    visit(page, "calendar")
    expect(page.locator(".o_calendar_view")).to_be_visible()
    expect(notice).to_have_count(0)
    assert not [url for url in asked if "get_payment_notices" in url]


def test_who_presses_send_now_reads_it(clinic, switched_off, web_client):
    page = web_client()
    (move,) = drafts(clinic.kari, 1, "presses")
    waiting = clinic.kari.messages(switched_off)[0]["id"]
    visit(page, f"{path_of('payment_messages')}/{waiting}")
    page.get_by_role("button", name="Send Now").click()
    told = page.locator(".o_notification")
    expect(told).to_contain_text(SWITCHED_OFF)
    told.get_by_role("button", name="Close").click()
    visit(page, f"booking-invoices/{move}")
    page.get_by_role("button", name="Send Payment Message").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Send Now").click()
    expect(dialog).to_be_hidden()
    expect(told).to_contain_text(SWITCHED_OFF)
    expect(page.locator(".o_form_view")).to_contain_text("goes out")
    assert clinic.kari.messages(move)[0]["state"] == "scheduled"
    assert clinic.kari.messages(switched_off)[0]["state"] == "scheduled"


def test_monitor_sees_it(clinic, switched_off):
    wait_until(lambda: health(clinic) == FAIL, 2 * KEPT, "the monitor to see it")
    switch(clinic, True)
    clinic.wake_cron()
    wait_until(lambda: health(clinic) == PASS, 60, "the monitor to see that it is over")
    wait_until(
        lambda: clinic.kari.messages(switched_off)[0]["state"] == "delivered",
        60,
        "the message to leave after all",
    )


def test_server_without_jobs(clinic):
    (move,) = drafts(clinic.kari, 1, "nojobs")
    clinic.server.stop()
    catalog.execute_in(clinic.database, _A_DAY_LATER)
    clinic.server.cron_threads = 0
    clinic.server.start()
    try:
        clinic.kari = clinic.user("kari")
        clinic.kari.send(move)
        # right after its start nobody is alarmed
        assert health(clinic) == PASS
        assert not notices(clinic)
        wait_until(lambda: health(clinic) == FAIL, 2 * GRACE, "the monitor to see it")
        (notice,) = notices(clinic)
        assert "A payment message that was due" in notice["text"]
        assert "Odoo's scheduled actions last ran" in notice["text"]
    finally:
        clinic.server.stop()
        clinic.server.cron_threads = 1
        clinic.server.start()
        clinic.kari, clinic.admin = clinic.user("kari"), clinic.user("admin")
    wait_until(lambda: health(clinic) == PASS, 60, "the jobs to run")
    wait_until(lambda: not notices(clinic), 60, "the jobs to run")


def notices(clinic):
    return clinic.kari.rpc.call("konfidens.payment.booking", "get_payment_notices")
