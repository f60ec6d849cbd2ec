"""The first hour: from an empty Odoo to the first client's message, in a browser."""

import pytest
from playwright.sync_api import expect

from devtools.database.installed import test_database
from devtools.practice.server import OdooServer
from devtools.stand_ins.mail_server import MailServer

# Clicks and fields that are filled in; the goal is ten minutes for a person.
MOST_STEPS = 50

expect.set_options(timeout=20000)


@pytest.fixture
def new_clinic(chromium):
    """(an empty Odoo with the addon, the mail server of the clinic, a page in it)"""
    with (
        test_database("test_first_hour") as database,
        MailServer() as mail,
        OdooServer(database) as server,
    ):
        context = chromium.new_context(
            viewport={"width": 1400, "height": 900}, timezone_id="Europe/Oslo"
        )
        context.set_default_timeout(20000)
        page = context.new_page()
        page.goto(f"{server.url}/web/login")
        page.fill("input[name=login]", "admin")
        page.fill("input[name=password]", "admin")
        page.click(".oe_login_form button[type=submit]")
        page.wait_for_selector(".o_web_client .o_main_navbar", timeout=60000)
        yield FirstUser(page), mail


class FirstUser:
    """Somebody who does what the pages say, and whose steps are counted."""

    def __init__(self, page):
        self.page = page
        self.steps = 0

    def click(self, place):
        self.steps += 1
        place.click()

    def press(self, name, place=None):
        self.click((place or self.page).get_by_role("button", name=name).first)

    def fill(self, place=None, **values):
        for name, value in values.items():
            self.steps += 1
            field = (place or self.page).locator(f".o_form_view [name={name}]")
            field.locator("input, textarea").first.fill(value)

    def save(self):
        self.click(self.page.locator(".o_form_button_save:visible"))
        expect(self.page.locator(".o_form_button_save:visible")).to_have_count(0)

    def new(self):
        self.click(self.page.locator(".o_list_button_add:visible"))

    def app(self, name):
        self.click(self.page.locator(".o_navbar_apps_menu button"))
        self.click(self.page.get_by_role("menuitem", name=name, exact=True))

    def back_to(self, name):
        self.click(self.page.locator(".breadcrumb").get_by_text(name))

    def dialog(self):
        dialog = self.page.get_by_role("dialog").last
        expect(dialog).to_be_visible()
        return dialog

    def line(self, name):
        return self.page.locator(f".o_konfidens_payments_ready [data-name={name}]")

    def mend(self, name):
        """Press the button of something that is missing."""
        expect(self.line(name)).to_have_attribute("data-state", "missing")
        self.click(self.line(name).get_by_role("button"))

    def expect_line(self, name, state="ready"):
        expect(self.line(name)).to_have_attribute("data-state", state)


def test_first_hour(new_clinic):
    user, mail = new_clinic
    page = user.page
    user.app("Payments")
    user.mend("company")
    user.fill(
        email="post@praksis.example.com", street="Storgata 1", zip="0155", city="Oslo"
    )
    user.save()
    user.back_to("Today")
    user.expect_line("company")

    user.mend("organisation_number")
    user.fill(payments_company_registry="974760673")
    user.click(page.locator("[name=payments_active] input"))
    expect(page.get_by_text("Missing still")).to_be_visible()
    user.click(page.locator("[name=payments_tax_kind]").get_by_text("Exempt"))
    user.press("Save")
    expect(page.get_by_text("Active since")).to_be_visible()
    user.back_to("Today")
    user.press("Are We Ready?")
    user.expect_line("organisation_number")
    user.expect_line("tax")

    user.mend("services")
    expect(page.get_by_text("a name and a price are enough")).to_be_visible()
    user.new()
    user.fill(name="Consultation", lst_price="1250")
    user.save()
    user.back_to("Are We Ready?")
    user.expect_line("services", "advised")

    user.mend("mail")
    user.new()
    user.fill(name="Our mail server", smtp_host=mail.host, smtp_port=str(mail.port))
    user.save()
    user.back_to("Are We Ready?")
    user.expect_line("mail", "advised")
    user.press("Send to Me")
    user.press("My Preferences", user.dialog())
    user.fill(user.dialog(), email="me@praksis.example.com")
    user.press("Update Preferences", user.dialog())
    expect(page.get_by_role("dialog")).to_have_count(0)
    user.press("Send to Me")
    mail.wait_for(lambda one: "me@praksis.example.com" in one.recipients)
    user.expect_line("mail")

    user.app("Calendar")
    user.click(page.locator(".fc-timegrid-slot-lane[data-time='08:00:00']"))
    quick = user.dialog()
    user.fill(quick, partner_ids="Ola Nordmann")
    offered = page.locator(".o-autocomplete--dropdown-item")
    user.click(offered.get_by_text("Create and edit"))
    expect(page.get_by_role("dialog")).to_have_count(2)
    user.fill(user.dialog(), email="ola@example.com")
    user.press("Save", user.dialog())
    expect(page.get_by_role("dialog")).to_have_count(1)
    user.click(quick.locator("[name=service_id] input"))
    user.click(offered.get_by_text("Consultation"))
    user.press("Save", quick)
    user.click(page.locator(".fc-event", has_text="Ola Nordmann"))
    user.press("Send Payment Message", page.locator(".o_cw_popover"))
    expect(user.dialog()).to_contain_text("ola@example.com")
    user.press("Send Now", user.dialog())
    arrived = mail.wait_for(lambda one: "ola@example.com" in one.recipients)
    assert "1,250.00" in arrived.html()
    print(f"{user.steps} steps to the first message")
    assert user.steps <= MOST_STEPS
