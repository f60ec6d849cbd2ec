from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .attack_common import get_billing
from .attack_kinds_common import BILLED, KindsCommon


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
