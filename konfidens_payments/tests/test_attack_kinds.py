from odoo.tests import HttpCase, tagged

from .attack_common import get_billing
from .attack_kinds_common import BILLED, KindsCommon


@tagged("post_install", "-at_install")
class TestAttackKinds(KindsCommon, HttpCase):
    """The leaks that were found, one after the other; each was done for real."""

    # === 1. TEXT THAT IS RENDERED FOR A USER === #

    def test_01_sms_composer(self):
        template = self.env.ref("konfidens_payments.sms_template_payment")
        for kind in ("employee", "guest"):
            move = self.move("stranger").sudo()
            move.payment_message_ids[:1] or move._schedule_payment_message(False)
            composer = self.model("sms.composer", kind)
            for record in (move, move.payment_message_ids[0]):
                with self.attack():
                    made = composer.create(
                        {
                            "res_model": record._name,
                            "res_id": record.id,
                            "template_id": template.id,
                            "composition_mode": "comment",
                        }
                    )
                    self.assert_secret(kind, made.read(["body"]))

    # === 2. LINKS AND STATES THAT ARE FORGED === #

    def test_02_foreign_invoice_on_the_own_appointment(self):
        move = self.move("colleague")
        told = move.amount_total
        for values in ({"invoice_id": move.id}, {"price": 1.0}, {"active": False}):
            with self.attack():
                self.as_kind("employee", self.own_events["employee"]).write(values)
        self.assertEqual((move.amount_total, move.state), (told, "draft"))

    def test_02_states(self):
        before = {}
        for name in ("payment_status", "is_settled", "externally_billed_by_id"):
            event = self.event("private", "practitioner")
            before[name] = get_billing(event)[name]
            value = {"payment_status": "paid", "is_settled": True}.get(name, 1)
            with self.attack():
                event.write({name: value})
        self.env.invalidate_all()
        billing = get_billing(self.cases["private"].event)
        self.assertEqual({name: billing[name] for name in before}, before)

    # === 3. BILLING WITHOUT A RIGHT, BY PLAIN METHODS === #

    def test_03_write(self):
        attackers = {"employee": "public", "guest": "told", "stranger": "posted"}
        for kind, name in attackers.items():
            before = self.billed(name)
            for values in (
                {"price": 1.0},
                {"payer_id": self.users[kind].partner_id.id},
                {"invoicing_method": "automatic"},
                {"externally_billed": True},
            ):
                with self.attack():
                    self.event(name, kind).write(values)
            self.assertEqual(self.billed(name), before)

    def test_03_create(self):
        moves = self.env["account.move"].sudo()
        before = moves.search_count([])
        values = {
            "name": "Nothing",
            "start": "2026-12-01 10:00:00",
            "stop": "2026-12-01 11:00:00",
            "partner_ids": [(6, 0, self.client.ids)],
            "service_id": self.service.id,
            "price": 99_999.0,
            "invoicing_method": "automatic",
        }
        for more in ({}, {"company_id": self.other_company.id}):
            with self.attack():
                self.model("calendar.event", "employee").create({**values, **more})
        self.assertEqual(moves.search_count([]), before)

    def test_03_copy_and_load(self):
        moves = self.env["account.move"].sudo()
        before = moves.search_count([])
        for kind in ("employee", "guest", "stranger"):
            with self.attack():
                self.event("told", kind).copy()
        self.assertEqual(moves.search_count([]), before)
        prices = self.billed("public")
        event = self.event("public", "employee")
        with self.attack():
            event.load([".id", "price"], [[str(event.id), "1.0"]])
        self.assertEqual(self.billed("public"), prices)

    def test_03_becoming_the_organiser(self):
        for kind in ("employee", "guest"):
            event = self.event("public", kind)
            with self.attack():
                event.write({"user_id": event.env.uid})
            with self.attack():
                self.assert_secret(kind, self.event("public", kind).read(BILLED))
        billing = get_billing(self.cases["public"].event)
        self.assertEqual(billing.user_id, self.users["practitioner"])

    # === 4. THE GUEST WHO SAVES === #

    def test_04_guest_saves_the_form(self):
        before = self.billed("public")
        self.event("public", "guest").web_save(
            {
                "client_id": False,
                "payer_id": False,
                "price": False,
                "location": "Room 2",
            },
            {},
        )
        self.assertEqual(self.cases["public"].event.sudo().location, "Room 2")
        self.assertEqual(self.billed("public"), before)

    def test_04_one_more_guest(self):
        before = self.billed("public")
        event = self.event("public", "practitioner")
        event.write({"partner_ids": [(4, self.users["head"].partner_id.id)]})
        self.assertEqual(self.billed("public"), before)

    # === 5. WHAT IS INFERRED === #

    def test_05_grouped_from_the_attendees(self):
        attendees = self.model("calendar.attendee", "employee")
        for name in (*BILLED, "payment_status"):
            spec = f"event_id.{name}"
            with self.attack():
                found = attendees.formatted_read_group([], [spec], ["__count"])
                self.assertFalse([group for group in found if group[spec]], name)

    def test_05_having_and_order(self):
        events = self.model("calendar.event", "employee")
        price = self.cases["public"].secrets[0]
        having = [("price:max", "=", price)]
        with self.attack():
            groups = events.formatted_read_group([], ["user_id"], [], having=having)
            self.assertFalse(groups)
        with self.attack():
            cheap, dear = (
                events.search([], order=f"price {direction}, id").ids
                for direction in ("asc", "desc")
            )
            self.assertEqual(cheap, dear)

    def test_05_exported_through_another_model(self):
        attendees = self.model("calendar.attendee", "employee").search([])
        for name in ("price", "payer_id/name"):
            with self.attack():
                rows = attendees.export_data([f"event_id/{name}"])["datas"]
                self.assert_secret("employee", rows)

    def test_05_onchange(self):
        """A form with a foreign invoice fills in what that invoice says."""
        move = self.move("stranger")
        events = self.model("calendar.event", "guest")
        spec = {"payer_id": {"fields": {"display_name": {}}}, "price": {}}
        billing = get_billing(self.cases["stranger"].event)
        values = {"invoice_id": move.id, "booking_ids": [(6, 0, billing.ids)]}
        for name, value in values.items():
            with self.attack():
                shown = events.onchange({name: value}, [name], spec)
                self.assert_secret("guest", shown)

    # === 6. THE OLD PAYER'S LINK === #

    def test_06_link_of_the_old_payer(self):
        case = self.cases["private"]
        move = self.move("private")
        old = move.pay_token
        new_payer = self._partner("New payer")
        self.event("private", "practitioner").write({"payer_id": new_payer.id})
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(move.partner_id, new_payer, "the draft follows")
        self.assertIn(case.secrets[0], [move.amount_untaxed])
        self.assertNotEqual(move.pay_token, old)
        page = self.url_open(f"/p/{old}")
        self.assertNotIn(new_payer.name, page.text)
        self.assertEqual(self.url_open(f"/p/{move.pay_token}").status_code, 200)
