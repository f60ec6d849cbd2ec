"""The nightly proof in a browser: the light in the menu, and what mends."""

import pytest
from playwright.sync_api import expect

from devtools.browser.pages import log_in
from devtools.database import catalog
from devtools.pictures.camera import NARROW, WIDE
from devtools.practice.running import practice

LIGHT = "body.o_konfidens_payments_proof_{}"
BREAK = """
    UPDATE konfidens_payment_booking SET payment_status = 'paid'
     WHERE id = (SELECT min(id) FROM konfidens_payment_booking
                  WHERE payment_status = 'external')
"""


@pytest.fixture(scope="module")
def house():
    """A practice of its own: what others break shows in this one."""
    with practice(prefix="proof") as running:
        yield running


@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_light_and_the_mend(house, chromium, width):
    browsed = chromium.new_page(viewport={"width": width, "height": 900})
    log_in(browsed, house.server.url)
    asked = []
    browsed.on(
        "request",
        lambda request: (
            asked.append(request.url) if "get_proof_light" in request.url else None
        ),
    )
    browsed.goto(f"{house.server.url}/odoo/payments-proof")
    press(browsed, "Prove Now")
    expect(browsed.locator(".o_form_view")).to_contain_text(
        "Every booking is accounted for"
    )
    expect(browsed.locator(LIGHT.format("green"))).to_be_attached()

    catalog.execute_in(house.database, BREAK)
    press(browsed, "Prove Now")
    form = browsed.locator(".o_form_view")
    expect(form).to_contain_text("Its status is not what its invoice says.")
    expect(browsed.locator(LIGHT.format("red"))).to_be_attached()
    # whoever opens the app later sees it, too, and asks once
    before = len(asked)
    browsed.goto(f"{house.server.url}/odoo/bookings")
    expect(browsed.locator(LIGHT.format("red"))).to_be_attached()
    browsed.goto(f"{house.server.url}/odoo/payments-proof")
    expect(browsed.locator(LIGHT.format("red"))).to_be_attached()
    assert len(asked) - before <= 2  # each goto begins anew

    (proof,) = house.admin.rpc.call("konfidens.payment.proof", "search", [], limit=1)
    browsed.goto(f"{house.server.url}/odoo/payments-proof/{proof}")
    press(browsed, "Mend")
    expect(form).to_contain_text("It is mended.")
    press(browsed, "Prove Now")
    expect(form).to_contain_text("Every booking is accounted for")
    expect(browsed.locator(LIGHT.format("green"))).to_be_attached()


def test_who_has_no_part_in_it_asks_for_nothing(house, chromium):
    browsed = chromium.new_page(viewport={"width": WIDE, "height": 900})
    log_in(browsed, house.server.url, "kari", "kari")
    asked = []
    browsed.on("request", lambda request: asked.append(request.url))
    browsed.goto(f"{house.server.url}/odoo/bookings")
    expect(browsed.locator(".o_menu_brand")).to_have_text("Payments")
    browsed.locator(".o_data_row, .o_view_nocontent").first.wait_for()
    assert not [url for url in asked if "get_proof_light" in url]
    entry = '[data-menu-xmlid="konfidens_payments.menu_proofs"]'
    assert not browsed.locator(entry).count()


def press(browsed, name):
    browsed.get_by_role("button", name=name, exact=True).click()
