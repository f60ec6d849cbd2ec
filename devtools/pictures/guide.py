"""The pictures of docs/ and of the addon's page in Odoo's Apps: ./dev pictures."""

import re
import shutil
from datetime import timedelta

from ..browser.pages import browser
from ..database import postgres
from ..environment.clock import utc_now, wait_until
from ..environment.settings import ADDON, ROOT
from ..practice.running import practice
from .camera import FOLDER, NARROW, Camera, bottom

# These are shown on the addon's own page in Odoo's Apps as well.
APPS_FOLDER = ROOT / ADDON / "static" / "description"
FOR_APPS = (
    "calendar.png", "send-now.png", "pay-page.png", "completed.png", "attention.png",
    "take-payment.png", "ready.png",
)  # fmt: skip
# Drawn by hand; Odoo's menu and its Apps want it as PNG of this size.
ICON = APPS_FOLDER / "icon"
ICON_SIZE = 100
# Somebody mistyped it.
_REFUSED = "emma.clark@exmaple.com"


def run(_options):
    """Take every picture, and draw the icon.

    :return: 0
    :raise Problem: when the practice cannot start
    """
    with (
        postgres.running(),
        practice(prefix="pictures", active=False) as made,
        browser() as chromium,
    ):
        draw_icon(chromium)
        Pictures(made, Camera(made.server.url, chromium)).take()
    for name in FOR_APPS:
        shutil.copyfile(FOLDER / name, APPS_FOLDER / name)
    return 0


def draw_icon(chromium):
    """Write the icon as PNG, from its SVG, by Playwright's `Browser`."""
    size = {"width": ICON_SIZE, "height": ICON_SIZE}
    page = chromium.new_page(viewport=size)
    style = "<style>body { margin: 0 } svg { width: 100%; height: 100% }</style>"
    page.set_content(style + ICON.with_suffix(".svg").read_text())
    page.screenshot(path=ICON.with_suffix(".png"), omit_background=True)
    page.close()


class Pictures:
    """How each picture comes about.

    Ola's client Aisha is written to in English, as the guide is.

    :param made: the `Practice`, payments not activated yet
    :param camera: a `Camera` for it
    """

    def __init__(self, made, camera):
        self.made = made
        self.camera = camera
        self.soon = _next_workday()
        self.new_appointment = self.refused = None

    def take(self):
        """Take them in the order in which the states come about."""
        with self.camera.page("admin") as page:
            self.ready(page)
        self.made.activate()
        self.new_appointment = self.made.ola.book(
            "Aisha Rahman",
            self.soon.replace(hour=8),
            "Physiotherapy, 30 minutes",
            "Aisha, knee",
            invoicing_method="automatic",
        )
        with self.camera.page("admin") as page:
            self.settings(page)
        with self.camera.page("ola") as page:
            self.appointment(page)
            self.main_job(page)
        with self.camera.page(width=NARROW, height=900) as page:
            self.what_the_client_sees(page)
        self.fill_the_week()
        with self.camera.page("admin") as page:
            self.bookings(page)
            self.attention(page)
            self.billing_run(page)
            self.today(page)
            self.proof(page)
        with self.camera.page("ola") as page:
            self.take_payment(page)
        with self.camera.page("admin") as page:
            self.day_settlement(page)
        with self.camera.page("kari", height=1000) as page:
            self.calendar(page)
        with self.camera.page("ola", NARROW, 800) as page:
            self.phone(page)
        with self.camera.page("ola") as page:
            self.group(page)

    def ready(self, page):
        """Are We Ready? of a practice that has begun to set itself up."""
        with page.expect_response("**/get_reachable"):  # the address is looked at
            self.camera.open(page, "payments-ready", "[data-name=address][data-state]")
        # The chart's flag is in no font of a server, and would be two boxes.
        page.locator("[data-name=chart] div div").evaluate(
            "div => { div.textContent = div.textContent.replace(/\\p{RI}/gu, ''); }"
        )
        self.camera.shoot(page, "ready.png", bottom(page, ".list-group"))

    def settings(self, page):
        action = "action-konfidens_payments.action_payments_settings"
        self.camera.open(page, action, "#payments_timing")
        self.camera.shoot(page, "settings.png", bottom(page, ".o_setting_box"))

    def appointment(self, page):
        path = f"calendar/{self.new_appointment}"
        self.camera.open(page, path, "[name=payment_next_step]")
        self.camera.shoot(page, "appointment.png", bottom(page, ".o_notebook_headers"))

    def main_job(self, page):
        self.open_invoices_of(page, "Aisha Rahman")
        settled = "[name=settled_booking_ids]"
        self.camera.shoot(page, "client.png", bottom(page, settled, 16))
        page.locator(settled).get_by_role("button", name="Create Invoice").first.click()
        page.locator(".ribbon", has_text="Preview").wait_for()
        self.camera.shoot(page, "draft.png", bottom(page, ".oe_subtotal_footer"))
        page.get_by_role("button", name="Send Payment Message").click()
        page.get_by_role("dialog").get_by_text("See and pay").wait_for()
        self.camera.shoot(page, "send-now.png", element=".modal-content")
        page.get_by_label("At a date and time").check()
        page.get_by_role("button", name="Send Later").wait_for()
        self.camera.shoot(page, "send-later.png", element=".modal-content")
        page.get_by_label("Now", exact=True).check()
        page.get_by_role("button", name="Send Now").click()
        page.get_by_text(re.compile(r"INV/\d{4}/\d+")).first.wait_for()
        page.locator(".ribbon", has_text="Preview").wait_for(state="hidden")
        self.camera.shoot(page, "completed.png", bottom(page, ".oe_subtotal_footer"))

    def open_invoices_of(self, page, name):
        (client_id,) = self.made.admin.ids("res.partner", name=name)
        self.camera.open(page, f"contacts/{client_id}", ".o_form_view")
        page.get_by_role("tab", name="Invoices").click()
        page.get_by_text("Settled", exact=True).wait_for()

    def what_the_client_sees(self, page):
        mail = self.made.mail.wait_for(
            lambda mail: (
                "aisha.rahman@example.com" in mail.recipients
                and mail.message["subject"].startswith("Payment for")
            )
        )
        page.set_content(
            f"<body style='font-family: sans-serif; margin: 16px'>"
            f"<h3>{mail.message['subject']}</h3>{mail.html()}"
        )
        page.wait_for_load_state("networkidle")
        self.camera.shoot(page, "mail.png", bottom(page, "p"))
        page.get_by_role("link", name="See and pay").click()
        page.get_by_role("link", name="See the invoice").wait_for()
        self.camera.shoot(page, "pay-page.png", bottom(page, "main", 0))

    def bookings(self, page):
        self.camera.open(page, "bookings", ".o_data_row")
        page.locator(".o_searchview .o_facet_remove").first.click()
        page.locator(".o_data_row", has_text="Externally billed").first.wait_for()
        self.camera.shoot(page, "bookings.png", bottom(page, "tfoot", 8))

    def attention(self, page):
        path = f"action-konfidens_payments.action_invoices/{self.refused}"
        self.camera.open(page, path, ".alert-warning")
        page.get_by_role("button", name="Send Again").wait_for()
        page.get_by_role("tab", name="Payment Messages").click()
        messages = "[name=payment_message_ids]"
        self.camera.shoot(page, "attention.png", bottom(page, messages))

    def billing_run(self, page):
        model = "konfidens.payment.run"
        run = self.made.admin.press(model, "action_prepare_for_all")
        every = {"cutoff_date": False, "until_date": False}
        self.made.admin.rpc.call(model, "write", [run["res_id"]], every)
        path = f"action-konfidens_payments.action_runs/{run['res_id']}"
        self.camera.open(page, path, "[name=action_run]")
        page.get_by_label("As set by the practice").check()
        page.locator("[name=sending_summary]", has_text="E-mail").wait_for()
        self.camera.shoot(page, "billing-run.png", bottom(page, ".o_form_sheet"))

    def today(self, page):
        cards = ".o_konfidens_payments_today"
        self.camera.open(page, "payments-today", f"{cards} button")
        self.camera.shoot(page, "today.png", bottom(page, cards))

    def proof(self, page):
        self.camera.open(page, "payments-proof", ".o_control_panel")
        page.get_by_role("button", name="Prove Now").first.click()
        page.locator("[name=difference_count]").first.wait_for()
        self.camera.shoot(page, "proof.png", bottom(page, ".o_form_sheet"))

    def take_payment(self, page):
        path = f"calendar/{self.new_appointment}"
        self.camera.open(page, path, "[name=payment_next_step]")
        page.get_by_role("button", name="Take Payment").first.click()
        page.get_by_role("dialog").get_by_text("Cash", exact=True).click()
        self.camera.shoot(page, "take-payment.png", element=".modal-content")
        page.get_by_role("dialog").get_by_role("button", name="Take Payment").click()
        page.get_by_role("dialog").get_by_text("Print Receipt").wait_for()

    def day_settlement(self, page):
        self.camera.open(page, "day-settlements", ".o_data_row")
        page.locator(".o_data_row").first.click()
        page.get_by_role("button", name="Close the Day").wait_for()
        self.camera.shoot(page, "day-settlement.png", bottom(page, ".o_form_sheet"))

    def fill_the_week(self):
        """A week of Kari's, with payments in every state; the last is a draft."""
        admin, kari = self.made.admin, self.made.kari
        self.made.mail.refuse = {_REFUSED}
        emma = {"name": "Emma Clark", "email": _REFUSED, "lang": "en_US"}
        admin.rpc.call("res.partner", "create", [emma])
        monday = self.soon - timedelta(days=self.soon.weekday())
        week = {
            "paid": (("Ingrid Solberg", 0, 8), ("Lina Öberg", 0, 10)),
            "unpaid": (("Henrik Dahl", 1, 9), ("Ingrid Solberg", 2, 12)),
            "attention": (("Emma Clark", 2, 9),),
            "scheduled": (("Lina Öberg", 3, 8), ("Henrik Dahl", 3, 11)),
            "draft": (("Bjørn Ødegård", 4, 8),),
        }
        drafts = {state: [] for state in week}
        for state, booked in week.items():
            for client, day, hour in booked:
                start = monday + timedelta(days=day, hours=hour)
                event = kari.book(client, start, "Psychotherapy, 45 minutes", client)
                drafts[state].append(kari.appointment(event)["invoice_id"][0])
        (self.refused,) = drafts["attention"]
        sent = drafts["paid"] + drafts["unpaid"] + drafts["attention"]
        kari.send(*sent)
        wait_until(
            lambda: (
                {kari.messages(move)[0]["state"] for move in sent}
                <= {"delivered", "failed"}
            ),
            what="the messages to arrive, or not",
        )
        for move in drafts["paid"]:
            admin.register_payment(move)
        kari.send(*drafts["scheduled"], at=self.soon + timedelta(days=7))
        bjorn = admin.ids("calendar.event", name="Bjørn, shoulder")
        admin.create_invoice(bjorn[0])

    def calendar(self, page):
        self.camera.open(page, "calendar", ".fc-timegrid")
        event = page.locator(".o_konfidens_payments_mark_draft", has_text="Bjørn")
        page.wait_for_timeout(1000)
        if not event.count():
            page.locator(".o_calendar_button_next").first.click()
        event.first.wait_for()
        hours = page.locator(".fc-scroller-liquid-absolute").last
        hours.evaluate("hours => hours.scrollTo(0, hours.scrollHeight / 3.6)")
        event.first.click()
        page.locator(".o_cw_popover").wait_for()
        self.camera.shoot(page, "calendar.png", 880)

    def phone(self, page):
        self.open_invoices_of(page, "Bjørn Ødegård")
        page.get_by_role("tab", name="Invoices").evaluate("tab => tab.scrollIntoView()")
        self.camera.shoot(page, "phone.png", 580)

    def group(self, page):
        ola = self.made.ola
        names = ["Aisha Rahman", "Bjørn Ødegård", "Henrik Dahl"]
        guests = ola.rpc.call("res.partner", "search", [["name", "in", names]])
        group = ola.book(
            "Aisha Rahman",
            self.soon.replace(hour=13),
            "Physiotherapy, 30 minutes",
            "Back training",
        )
        guests = [[4, guest] for guest in guests]
        ola.rpc.call("calendar.event", "write", [group], {"partner_ids": guests})
        self.camera.open(page, f"calendar/{group}", "[name=payment_next_step]")
        page.get_by_role("button", name="Bill Each Guest").click()
        page.locator(".o_data_row", has_text="Henrik Dahl").wait_for()
        self.camera.shoot(page, "group.png", bottom(page, ".o_notebook_headers"))


def _next_workday():
    """Midnight (UTC) of the next day but one that is from Monday to Friday."""
    day = utc_now().replace(hour=0, minute=0, second=0) + timedelta(days=2)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day
