"""The pictures of docs/, taken anew from a running demo practice: ./dev pictures."""

import contextlib
import io
import re
import shutil
import sys
from datetime import timedelta

from PIL import Image

from .bootstrap import guarded
from .browser import browser, log_in
from .practice import practice, utc_now, wait_until
from .settings import ADDON, ROOT

FOLDER = ROOT / "docs" / "pictures"
# These are shown on the addon's own page in Odoo's Apps as well.
APPS_FOLDER = ROOT / ADDON / "static" / "description"
FOR_APPS = ("send-now.png", "completed.png")
WIDE, NARROW = 1400, 400
# Somebody mistyped it.
_REFUSED = "emma.clark@exmaple.com"


def main(_arguments):
    """Take every picture.

    :return: 0
    :raise Problem: when the practice cannot start
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    with practice(prefix="pictures", active=False) as made, browser() as chromium:
        Pictures(made, chromium).take()
    for name in FOR_APPS:
        shutil.copyfile(FOLDER / name, APPS_FOLDER / name)
    return 0


def save(screenshot, name):
    """Write a screenshot (PNG bytes) into docs/pictures, with 256 colours."""
    path = FOLDER / name
    picture = Image.open(io.BytesIO(screenshot)).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB", flush=True)


class Pictures:
    """The practice, and how each picture comes about.

    Ola's client Aisha is written to in English, as the guide is.

    :param made: the `Practice`, payments not activated yet
    :param chromium: Playwright's `Browser`
    """

    def __init__(self, made, chromium):
        self.made = made
        self.chromium = chromium
        self.soon = _next_workday()
        self.new_booking = self.refused = None

    def take(self):
        """Take them in the order in which the states come about."""
        self.made.activate()
        self.new_booking = self.made.ola.book(
            "Aisha Rahman",
            self.soon.replace(hour=8),
            "Physiotherapy, 30 minutes",
            "Aisha, knee",
            invoicing_method="automatic",
        )
        with self.at_the_desk("admin") as page:
            self.settings(page)
        with self.at_the_desk("ola") as page:
            self.calendar(page)
            self.appointment(page)
            self.main_job(page)
        self.mail()
        self.fill_the_list()
        with self.at_the_desk("admin") as page:
            self.bookings(page)
            self.attention(page)
        with self.at_the_desk("ola", NARROW, 800) as page:
            self.phone(page)

    # The desk

    @contextlib.contextmanager
    def at_the_desk(self, login, width=WIDE, height=1250):
        """A page in a new browser, logged in in Oslo."""
        context = self.chromium.new_context(
            viewport={"width": width, "height": height}, timezone_id="Europe/Oslo"
        )
        context.set_default_timeout(60000)
        page = context.new_page()
        log_in(page, self.made.server.url, login, login)
        yield page
        context.close()

    def open(self, page, path, seen):
        """Open a page of the web client, and wait until something is seen."""
        page.goto(f"{self.made.server.url}/odoo/{path}")
        page.locator(seen).first.wait_for()

    def shoot(self, page, name, height=None, element=None):
        """Take a picture: the top of the page, or one element."""
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement?.blur()")
        page.wait_for_timeout(600)  # until what fades in is there
        if element:
            save(page.locator(element).screenshot(), name)
            return
        size = page.viewport_size
        clip = {"x": 0, "y": 0, **size, "height": height or size["height"]}
        save(page.screenshot(clip=clip), name)

    def bottom(self, page, selector, margin=24):
        """How far down the page an element reaches, in pixels."""
        box = page.locator(selector).last.bounding_box()
        return min(box["y"] + box["height"] + margin, page.viewport_size["height"])

    def client(self, name):
        (client_id,) = self.made.admin.ids("res.partner", name=name)
        return client_id

    # The scenes

    def settings(self, page):
        action = "action-konfidens_payments.action_payments_settings"
        self.open(page, action, "#payments_timing")
        self.shoot(page, "settings.png", self.bottom(page, ".o_setting_box"))

    def calendar(self, page):
        self.open(page, "calendar", ".fc-timegrid")
        event = page.locator(".fc-event", has_text="Aisha, knee").first
        page.wait_for_timeout(1000)
        if not event.count():
            page.locator(".o_calendar_button_next").first.click()
        event.click()
        page.locator(".o_cw_popover").wait_for()
        self.shoot(page, "calendar.png", self.bottom(page, ".o_cw_popover"))

    def appointment(self, page):
        self.open(page, f"calendar/{self.new_booking}", "[name=payment_next_step]")
        self.shoot(page, "appointment.png", self.bottom(page, ".o_notebook_headers"))

    def main_job(self, page):
        self.open_invoices_of(page, "Aisha Rahman")
        self.shoot(
            page, "client.png", self.bottom(page, "[name=settled_booking_ids]", 16)
        )
        page.locator("[name=settled_booking_ids]").get_by_role(
            "button", name="Create Invoice"
        ).first.click()
        page.locator(".ribbon", has_text="Preview").wait_for()
        self.shoot(page, "draft.png", self.bottom(page, ".oe_subtotal_footer"))
        page.get_by_role("button", name="Send Payment Message").click()
        page.get_by_role("dialog").get_by_text("See and pay").wait_for()
        self.shoot(page, "send-now.png", element=".modal-content")
        page.get_by_label("At a date and time").check()
        page.get_by_role("button", name="Send Later").wait_for()
        self.shoot(page, "send-later.png", element=".modal-content")
        page.get_by_label("Now", exact=True).check()
        page.get_by_role("button", name="Send Now").click()
        page.get_by_text(re.compile(r"INV/\d{4}/\d+")).first.wait_for()
        page.locator(".ribbon", has_text="Preview").wait_for(state="hidden")
        self.shoot(page, "completed.png", self.bottom(page, ".oe_subtotal_footer"))

    def open_invoices_of(self, page, name):
        self.open(page, f"contacts/{self.client(name)}", ".o_form_view")
        page.get_by_role("tab", name="Invoices").click()
        page.get_by_text("Settled", exact=True).wait_for()

    def mail(self):
        mail = self.made.mail.wait_for(
            lambda mail: (
                "aisha.rahman@example.com" in mail.recipients
                and mail.message["subject"].startswith("Payment for")
            )
        )
        page = self.chromium.new_page(viewport={"width": NARROW, "height": 360})
        page.set_content(
            f"<body style='font-family: sans-serif; margin: 16px'>"
            f"<h3>{mail.message['subject']}</h3>{mail.html()}"
        )
        self.shoot(page, "mail.png")
        page.close()

    def fill_the_list(self):
        """Bookings in every state, for the list of them all."""
        kari, admin = self.made.kari, self.made.admin
        self.made.mail.refuse = {_REFUSED}
        admin.rpc.call(
            "res.partner",
            "create",
            [{"name": "Emma Clark", "email": _REFUSED, "lang": "en_US"}],
        )
        emma = kari.book(
            "Emma Clark",
            utc_now().replace(hour=11, minute=0, second=0) - timedelta(days=2),
            "First consultation, 60 minutes",
            "First talk",
        )
        paid = kari.create_invoice(kari.ids("calendar.event", name="First talk")[-1])
        henrik = kari.ids("calendar.event", name="Henrik, sick note")
        unpaid = kari.create_invoice(henrik[-1])
        later = kari.create_invoice(henrik[0])
        refused = kari.booking(emma)["invoice_id"][0]
        kari.create_invoice(kari.ids("calendar.event", name="Nils, grief")[0])
        kari.send(paid, unpaid, refused)
        kari.send(later, at=self.soon.replace(hour=15))
        known = ("delivered", "failed")
        wait_until(
            lambda: all(
                kari.messages(move)[0]["state"] in known
                for move in (paid, unpaid, refused)
            ),
            what="the messages to arrive, or not",
        )
        self.refused = refused
        model = "account.payment.register"
        context = {"active_model": "account.move", "active_ids": [paid]}
        register = admin.rpc.call(model, "create", [{}], context=context)
        admin.rpc.call(model, "action_create_payments", register, context=context)
        admin.rpc.call(
            "calendar.event",
            "action_create_invoice",
            admin.ids("calendar.event", name="Bjørn, shoulder")[:1],
        )

    def bookings(self, page):
        self.open(page, "bookings", ".o_data_row")
        page.locator(".o_searchview .o_facet_remove").first.click()
        page.locator(".o_data_row", has_text="Externally billed").first.wait_for()
        self.shoot(page, "bookings.png", self.bottom(page, ".o_list_footer, tfoot", 8))

    def attention(self, page):
        path = f"action-konfidens_payments.action_invoices/{self.refused}"
        self.open(page, path, ".alert-warning")
        page.get_by_role("tab", name="Payment Messages").click()
        page.get_by_role("button", name="Send Again").wait_for()
        self.shoot(
            page, "attention.png", self.bottom(page, "[name=payment_message_ids]")
        )

    def phone(self, page):
        self.open_invoices_of(page, "Bjørn Ødegård")
        page.get_by_role("tab", name="Invoices").evaluate("tab => tab.scrollIntoView()")
        self.shoot(page, "phone.png", 580)


def _next_workday():
    """Midnight (UTC) of the next day but one that is from Monday to Friday."""
    day = utc_now().replace(hour=0, minute=0, second=0) + timedelta(days=2)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
