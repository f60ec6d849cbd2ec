import contextlib
import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged

from .attack_common import AttackScene, get_billing

BILLED = ("client_id", "payer_id", "service_id", "price", "invoicing_method")


class KindsCommon(AttackScene):
    """One attack of each kind that once succeeded, and what belongs to it."""

    def as_kind(self, kind, records):
        """Return records as this user has them in a new request."""
        self.env.flush_all()
        self.env.invalidate_all()
        return records.with_env(
            self.env(user=self.users[kind].id, su=False, context={"lang": "en_US"})
        )

    def event(self, name, kind):
        return self.as_kind(kind, self.cases[name].event)

    def model(self, name, kind):
        return self.as_kind(kind, self.env[name])

    def move(self, name):
        """Return the invoice of a case, with all rights."""
        return get_billing(self.cases[name].event).invoice_id

    def billed(self, name):
        """Return what is billed for a case, and to whom."""
        self.env.flush_all()
        self.env.invalidate_all()
        billing = get_billing(self.cases[name].event)
        return [billing[field] for field in BILLED]

    @contextlib.contextmanager
    def attack(self):
        """Try something that may be refused; what it did stays otherwise."""
        with contextlib.suppress(AccessError, UserError, ValueError, KeyError):
            with self.env.cr.savepoint():
                yield
                self.env.flush_all()
        self.env.invalidate_all()

    def assert_secret(self, kind, answer):
        text = json.dumps(answer, default=str, ensure_ascii=False)
        self.assertNotRegex(text, self.get_secrets(kind))


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


@tagged("post_install", "-at_install")
class TestAttackKindsOfHouse(KindsCommon):
    """The leaks about what leaves the house, rights beside ours, and side doors."""

    # === 7. ODOO'S OWN MAILS === #

    def test_07_mails_without_a_client(self):
        case = self.cases["group"]
        with self.attack():
            self.event("group", "practitioner").write({"client_id": False})
        template = self.env.ref("calendar.calendar_template_meeting_invitation")
        event = case.event.sudo().with_env(self.env(su=True, context={}))
        outside = event.attendee_ids.filtered(
            lambda attendee: attendee.partner_id in case.partners
        )
        with self.mock_mail_gateway():
            outside._notify_attendees(template, force_send=True)
        self.assertEqual(len(self._mails), 3)
        for mail in self._mails:
            text = mail["subject"] + mail["body"] + str(mail["attachments"])
            self.assertNotIn(event.name, text)
            self.assertNotIn("Notes group", text)
            others = case.partners.filtered(
                lambda partner, mail=mail: partner.email not in mail["email_to"][0]
            )
            for other in others:
                self.assertNotIn(other.name, text)

    # === 8. THE SERVICE, AND THE WORDS === #

    def test_08_electronic_invoice(self):
        ubl = self.env.get("account.edi.xml.ubl_bis3")
        if ubl is None:
            self.skipTest("without electronic invoices")
        xml, _errors = ubl.sudo()._export_invoice(self.move("posted"))
        self.assertIn(b"InvoiceLine", xml)
        self.assertNotIn(self.service.name.encode(), xml)

    def test_08_service_in_the_portal(self):
        lines = self.model("account.move.line", "portal")
        with self.attack():
            domain = [("move_id", "=", self.move("portal").id)]
            rows = lines.search_read(domain, ["product_id"])
            self.assertFalse([row for row in rows if row["product_id"]])

    def test_08_words_in_the_portal(self):
        for name in ("name", "description", "notes"):
            with self.attack():
                [row] = self.event("portal", "portal").read([name])
                self.assertFalse(row[name])

    # === 9. THE BOOKS OF THE PRACTICE === #

    def test_09_journals_and_reconciliations(self):
        for model in ("account.journal", "account.partial.reconcile"):
            for kind in ("employee", "practitioner"):
                self.assertFalse(self.model(model, kind).has_access("read"), model)

    def test_09_practitioner_opens_the_own_invoices(self):
        for name in ("private", "told", "posted"):
            move = self.as_kind("practitioner", self.move(name))
            view = move.get_formview_id()
            form = Form(move, view=view)
            self.assertEqual(form.partner_id.id, self.move(name).partner_id.id)
        move = self.as_kind("practitioner", self.move("private"))
        move.action_complete_invoice()
        self.assertEqual(self.move("private").state, "posted")

    # === 10. THE DIALOG, AND WORDS OF A REFUSAL === #

    def test_10_dialog_with_a_foreign_invoice(self):
        payer = self._partner("Payer of another")
        plain = self.init_invoice("out_invoice", partner=payer, products=self.service)
        wizard = self.model("konfidens.payment.message.wizard", "practitioner")
        names = ("recipient", "subject", "body")
        for foreign in (plain, self.move("colleague")):
            moves = (self.move("private") + foreign.sudo()).ids
            with self.attack():
                shown = wizard.with_context(default_move_ids=moves).onchange(
                    {}, [], {name: {} for name in ("move_ids", *names)}
                )
                self.assert_secret("practitioner", shown)
                self.assertNotIn(payer.name, str(shown))

    def test_10_words_of_a_refusal(self):
        payer = self._partner("Payer of another")
        plain = self.init_invoice("out_invoice", partner=payer, products=self.service)
        plain.action_post()
        for foreign in (plain, self.move("colleague")):
            moves = self.as_kind("practitioner", self.move("private") + foreign.sudo())
            for button in (
                "action_send_payment_message",
                "action_complete_invoice",
                "action_bill_externally",
            ):
                with self.assertRaises(UserError) as refusal:
                    getattr(moves, button)()
                words = str(refusal.exception)
                self.assert_secret("practitioner", words)
                self.assertNotIn(plain.name, words)
                self.assertNotIn(payer.name, words)

    # === 11. A COLLEAGUE'S BOOKING IN THE OWN RUN === #

    def test_11_run(self):
        model = self.cases["elsewhere"].run._name
        run = self.model(model, "guest").create({})
        billing = get_billing(self.cases["elsewhere"].event)
        for name, field in billing._fields.items():
            if field.comodel_name == model:
                with self.attack():
                    record = self.as_kind("guest", billing.sudo(False))
                    record.write({name: [(4, run.id)]})
        with self.attack():
            self.as_kind("guest", run).write({"booking_ids": [(4, billing.id)]})
        self.assertNotIn(billing.id, run.sudo().booking_ids.ids)
        mine = self.as_kind("guest", run)
        self.assert_secret("guest", mine.read(["booking_count", "amount_summary"]))

    # === 12. KEYS OF THE CONTEXT === #

    def test_12_context_keys(self):
        event = self.event("told", "practitioner")
        told = self.billed("told")
        with self.attack():
            event.with_context(konfidens_payments_no_billing=True).write({"price": 1})
        self.assertEqual(self.billed("told"), told)
        event = self.event("private", "practitioner")
        with self.attack():
            event.with_context(konfidens_payments_no_billing=True).write({"price": 500})
        price = self.billed("private")[BILLED.index("price")]
        self.assertEqual(self.move("private").amount_total, price)

    # === 13. WHO PAYS FOR WHOM === #

    def test_13_recipient(self):
        client = self.cases["public"].partners[:1]
        for kind in ("employee", "portal"):
            with self.attack():
                [row] = self.as_kind(kind, client).read(["invoice_recipient_id"])
                self.assertFalse(row["invoice_recipient_id"])

    def test_13_address_stays_in_no_evidence(self):
        move = self.move("private")
        message = self.send(self.as_kind("practitioner", move)).sudo()
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.assertEqual(message.state, "delivered")
        self.assertTrue(message.evidence)
        self.assertNotIn(move.partner_id.email, message.evidence)
