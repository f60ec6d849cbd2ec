"""Attacks over HTTP: what a user's own browser can ask the running server for.

The addon's ``test_attack`` tries every way; here go the worst, through the door that
everybody has. An attack may be refused: then the records tell whether anything changed.
"""

import contextlib
from datetime import timedelta

import pytest

from devtools.environment.clock import utc_now
from devtools.practice.rpc import RpcError

PRICE = 4321.57


@pytest.fixture(scope="module")
def scene(_running_practice):
    return Scene(_running_practice)


class Scene:
    """A told and a plain appointment of one practitioner, and three attackers."""

    def __init__(self, clinic):
        clinic.server.start()
        self.admin = clinic.admin
        self.kari = clinic.kari
        self.guest = clinic.ola
        self.service = "Psychotherapy, 45 minutes"
        self.clerk = self._user(clinic, "clerk", "base.group_user")
        self.portal = self._user(clinic, "visitor", "base.group_portal")
        guests = [self._partner_of(self.guest)]
        self.client = self._partner_of(self.portal)
        self.event = self._book([self.client, *guests])
        self.told = self._book([self.client, *guests])
        self.move = self.kari.create_invoice(self.told)
        self.pay_url = self.kari.read("account.move", self.move, "pay_url")["pay_url"]
        self.kari.send(self.move, at=utc_now() + timedelta(days=1))
        self.message = self.kari.messages(self.move)[0]["id"]

    def _user(self, clinic, login, group):
        module, name = group.split(".")
        domain = [["module", "=", module], ["name", "=", name]]
        rpc = self.admin.rpc
        [row] = rpc.call("ir.model.data", "search_read", domain, ["res_id"])
        groups = [row["res_id"]]
        if login == "clerk":  # who may export at all must not export this
            domain = [["module", "=", "base"], ["name", "=", "group_allow_export"]]
            [row] = rpc.call("ir.model.data", "search_read", domain, ["res_id"])
            groups.append(row["res_id"])
        values = {
            "name": login.title(),
            "login": login,
            "password": login,
            "email": f"{login}@example.com",
            "group_ids": [[6, 0, groups]],
        }
        rpc.call("res.users", "create", [values], context={"no_reset_password": True})
        return clinic.user(login)

    def _partner_of(self, desk):
        return self.admin.read("res.users", desk.rpc.uid, "partner_id")["partner_id"][0]

    def _book(self, partners):
        partners = [*partners, self._partner_of(self.kari)]
        (service,) = self.kari.ids("product.product", name=self.service)
        values = {
            "name": "Very private",
            "start": "2026-05-04 08:00:00",
            "stop": "2026-05-04 08:45:00",
            "partner_ids": [[6, 0, partners]],
            "service_id": service,
        }
        [event] = self.kari.rpc.call(
            "calendar.event",
            "create",
            [values],
            context={"no_mail_to_attendees": True},
        )
        self.kari.rpc.call("calendar.event", "write", [event], {"price": PRICE})
        return event

    def billed(self, event):
        """What is billed, as the practitioner sees it: a dict."""
        names = ("client_id", "service_id", "price", "externally_billed", "invoice_id")
        return self.kari.read("calendar.event", event, *names)


@contextlib.contextmanager
def attack():
    """Try something that the server may refuse."""
    with contextlib.suppress(RpcError):
        yield


def test_the_practitioner_sees_it(scene):
    assert scene.billed(scene.event)["price"] == PRICE
    assert scene.kari.invoice(scene.move)["amount_total"] == PRICE
    assert "/p/" in scene.pay_url


def test_sms_composer_shows_no_pay_link(scene):
    domain = [["model", "=", "konfidens.payment.message"]]
    templates = scene.admin.rpc.call("sms.template", "search", domain)
    assert templates
    for desk in (scene.clerk, scene.guest):
        with attack():
            values = {
                "res_model": "konfidens.payment.message",
                "res_id": scene.message,
                "template_id": templates[0],
                "composition_mode": "comment",
            }
            [composer] = desk.rpc.call("sms.composer", "create", [values])
            body = desk.read("sms.composer", composer, "body")["body"]
            assert scene.pay_url not in body


@pytest.mark.parametrize("name", ["price", "client_id", "payment_status"])
def test_attendees_are_not_grouped_by_billing(scene, name):
    domain = [["event_id", "in", [scene.event, scene.told]]]
    for desk in (scene.clerk, scene.guest):
        with attack():
            groups = desk.rpc.call(
                "calendar.attendee",
                "formatted_read_group",
                domain,
                [f"event_id.{name}"],
                ["__count"],
            )
            assert not [group for group in groups if group[f"event_id.{name}"]]


def test_billing_is_not_exported_through_another_model(scene):
    attendees = scene.clerk.ids("calendar.attendee", event_id=scene.event)
    assert attendees
    with attack():
        rows = scene.clerk.rpc.call(
            "calendar.attendee", "export_data", attendees, ["event_id/price"]
        )
        assert str(PRICE) not in str(rows)


def test_nobody_writes_the_billing_of_others(scene):
    before = scene.billed(scene.event)
    for desk in (scene.clerk, scene.guest, scene.portal):
        for values in (
            {"price": 1.0},
            {"externally_billed": True},
            {"invoice_id": scene.move},
            {"payment_status": "paid"},
        ):
            with attack():
                desk.rpc.call("calendar.event", "write", [scene.event], values)
    assert scene.billed(scene.event) == before


def test_foreign_draft_on_the_own_appointment(scene):
    values = {"name": "Mine", "start": "2026-05-05 08:00", "stop": "2026-05-05 09:00"}
    [event] = scene.clerk.rpc.call("calendar.event", "create", [values])
    for values in ({"invoice_id": scene.move}, {"price": 1.0}, {"active": False}):
        with attack():
            scene.clerk.rpc.call("calendar.event", "write", [event], values)
    invoice = scene.kari.invoice(scene.move)
    assert (invoice["state"], invoice["amount_total"]) == ("draft", PRICE)


def test_nothing_is_billed_in_a_foreign_company(scene):
    [company] = scene.admin.rpc.call("res.company", "create", [{"name": "Elsewhere"}])
    values = {
        "name": "Nothing",
        "start": "2026-05-06 08:00:00",
        "stop": "2026-05-06 09:00:00",
        "partner_ids": [[6, 0, [scene.client]]],
        "company_id": company,
        "price": 99_999.0,
        "invoicing_method": "automatic",
    }
    for desk in (scene.clerk, scene.guest):
        with attack():
            [event] = desk.rpc.call("calendar.event", "create", [values])
            seen = scene.admin.read("calendar.event", event, "price")
            assert seen["price"] != values["price"]


def test_context_keys_are_not_obeyed(scene):
    """Otherwise a price is written past the draft that says another one."""
    with attack():
        scene.kari.rpc.call(
            "calendar.event",
            "write",
            [scene.told],
            {"price": 500.0},
            context={"konfidens_payments_quiet": True},
        )
    price = scene.billed(scene.told)["price"]
    try:
        assert price == scene.kari.invoice(scene.move)["amount_total"]
    finally:
        values = {"price": PRICE}
        scene.kari.rpc.call("calendar.event", "write", [scene.told], values)


def test_client_reads_no_words_of_the_own_appointment(scene):
    for name in ("name", "description", "notes"):
        with attack():
            row = scene.portal.read("calendar.event", scene.event, name)
            assert not row[name]
