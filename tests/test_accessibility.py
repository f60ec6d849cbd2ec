"""Whether everybody can use what a client opens, and the first page of a new clinic."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from devtools.browser.pages import log_in
from devtools.environment.clock import wait_until
from devtools.practice.bookings import drafts, drafts_of_each
from swish import charge_in_kronor, taking_swish

expect.set_options(timeout=20000)
# The rules of WCAG 2.2, to AA, and what axe calls best practice.
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@pytest.fixture(
    params=[(1400, "light"), (400, "light"), (400, "dark")],
    ids=["wide", "phone", "phone-dark"],
)
def page(request, chromium):
    width, scheme = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    yield context.new_page()
    context.close()


def assert_usable(page, part="body"):
    """axe finds nothing that keeps somebody from using this part of the page."""
    options = {"runOnly": list(RULES), "resultTypes": ["violations"]}
    found = Axe().run(page, part, options)
    assert not found.violations_count, found.generate_report()


@pytest.fixture(scope="module")
def links():
    """Pay links, once they are made: a dict from what they show."""
    return {}


def pay_links(clinic, made):
    """Links to what is told, paid, cancelled, and a link that never was."""
    if not made:
        told, paid, cancelled = drafts(clinic.kari, 3, "axe")
        clinic.kari.send(told, paid, cancelled)
        wait_until(
            lambda: all(
                clinic.kari.invoice(move)["state"] == "posted"
                for move in (told, paid, cancelled)
            ),
            what="the invoices to be completed",
        )
        clinic.admin.register_payment(paid)
        clinic.admin.press("account.move", "action_credit_and_invoice_anew", cancelled)
        rows = clinic.kari.rpc.call(
            "account.move", "read", [told, paid, cancelled], ["pay_url"]
        )
        names = ("to_pay", "paid", "credited")
        made |= {name: row["pay_url"] for name, row in zip(names, rows, strict=True)}
        made["lost"] = f"{clinic.server.url}/p/nothing-like-that"
        made["sample"] = f"{clinic.server.url}/p/sample"
    return made


def test_pay_page(clinic, links, page):
    for url in pay_links(clinic, links).values():
        page.goto(url)
        expect(page.locator("main, body").first).to_be_visible()
        assert_usable(page)


@pytest.fixture(scope="module")
def in_kronor():
    """Pay links of invoices in Swedish kronor, once they are made."""
    return {}


def links_to_kronor(clinic, made):
    """Links to one invoice in SEK, and to three together."""
    if not made:
        [one] = drafts(clinic.kari, 1, "axekronor")
        [(_address, three)] = drafts_of_each(clinic.kari, 1, "axetogether", 3).items()
        charge_in_kronor(clinic, [one, *three])
        clinic.choose(payments_together=True)
        clinic.kari.send(one, *three)
        wait_until(
            lambda: all(
                clinic.kari.invoice(move)["state"] == "posted" for move in (one, *three)
            ),
            what="the invoices to be completed",
        )
        clinic.choose(payments_together=False)
        made["one"] = clinic.kari.read("account.move", one, "pay_url")["pay_url"]
        [message] = clinic.kari.ids("konfidens.payment.message", move_ids=three[0])
        message = clinic.kari.read("konfidens.payment.message", message, "pay_url")
        made["together"] = message["pay_url"]
    return made


def test_pay_page_with_swish(clinic, in_kronor, page):
    with taking_swish(clinic):
        for url in links_to_kronor(clinic, in_kronor).values():
            page.goto(url)
            expect(page.get_by_role("heading", name="pay with Swish")).to_be_visible()
            expect(page.get_by_role("link", name="Open Swish")).to_be_visible()
            assert_usable(page)


def test_are_we_ready(clinic, page):
    log_in(page, clinic.server.url)
    page.goto(f"{clinic.server.url}/odoo/payments-ready")
    expect(page.get_by_text("Outgoing mail server").first).to_be_visible()
    assert_usable(page, ".o_konfidens_payments_ready")
