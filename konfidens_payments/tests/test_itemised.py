from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .receipt_common import ReceiptCommon

REPORT = "konfidens_payments.report_itemised"


@tagged("post_install", "-at_install")
class TestItemised(ReceiptCommon):
    """The itemised invoice, for an insurer: printed by the practice, for who asks."""

    given_by = "posted"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.practitioner.partner_id.payments_authorisation_number = "HPR 1234567"
        cls.colleague = cls.hire(
            "colleague", "base.group_user", "konfidens_payments.group_payments_user"
        )
        cls.secretary = cls.hire(
            "secretary", "base.group_user", "konfidens_payments.group_payments_user_all"
        )
        cls.auditor = cls.hire(
            "auditor", "base.group_user", "account.group_account_readonly"
        )
        cls.employee = cls.hire("any_employee", "base.group_user")

    def print(self, move, user):
        """Return what a user prints, as text."""
        move = move.with_user(user)
        action = move.action_print_itemised()
        self.assertEqual(action["report_name"], REPORT)
        html, _kind = move.env["ir.actions.report"]._render_qweb_html(
            REPORT, action["context"]["active_ids"]
        )
        return html.decode()

    def test_says_what_was_done_by_whom(self):
        move = self.given
        text = self.print(move, self.practitioner)
        for words in (
            move.name,
            "Kari Nordmann",
            "Trauma therapy",
            "Per Practitioner",
            "HPR 1234567",
            "November 10, 2026 at 10:00",
            "1,250.00",
            "is to be paid",
        ):
            self.assertIn(words, text)
        # nothing of what the practitioner wrote down
        for secret in ("Depression", "Very private"):
            self.assertNotIn(secret, text)
        self.pay(move)
        self.assertIn("Paid.", self.print(move, self.practitioner))

    def test_what_was_credited_is_said(self):
        move = self.given
        credit = move._reverse_moves(cancel=False)
        credit.invoice_line_ids.price_unit = 250.0
        credit.action_post()
        (credit + move).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).reconcile()
        text = self.print(move, self.practitioner)
        self.assertRegex(
            text, r"250\.00 of it was credited\. .*1,000\.00 is to be paid"
        )
        self.pay(move)
        text = self.print(move, self.practitioner)
        self.assertRegex(text, r"250\.00 of it was credited\. .*1,000\.00 was paid")

    def test_credited(self):
        move = self.given
        move._reverse_moves(cancel=True)
        self.assertIn("was credited", self.print(move, self.practitioner))

    def test_of_another_payer_says_who_was_treated(self):
        move = self.draft(payer_id=self.other_client.id)
        move.action_complete_invoice()
        text = self.print(move, self.practitioner)
        self.assertIn("Ola Nordmann", text)
        self.assertIn("Kari Nordmann", text)

    def test_without_a_number(self):
        self.practitioner.partner_id.payments_authorisation_number = False
        text = self.print(self.posted(), self.practitioner)
        self.assertNotIn("Authorisation number", text)

    def test_in_the_language_of_the_payer(self):
        self.env["res.lang"]._activate_lang("nb_NO")
        self.service.with_context(lang="nb_NO").name = "Traumebehandling"
        self.client.lang = "nb_NO"
        text = self.print(self.posted(), self.practitioner)
        self.assertIn("Traumebehandling", text)
        self.assertIn("10. november 2026", text)

    # === RIGHTS === #

    def test_for_who_may_see_the_booking(self):
        move = self.given
        for user in (
            self.practitioner,
            self.secretary,
            self.accountant,
            self.auditor,
        ):
            with self.subTest(user=user.login):
                self.assertIn("Trauma therapy", self.print(move, user))

    def test_for_nobody_else_whatever_way(self):
        move = self.given
        payer = new_test_user(
            self.env,
            "payer",
            groups="base.group_portal",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
            partner_id=self.client.id,
        )
        for user in (self.colleague, self.employee, payer):
            with self.subTest(user=user.login):
                theirs = move.with_user(user)
                with self.assertRaises(AccessError):
                    theirs.action_print_itemised()
                with self.assertRaises(AccessError):
                    theirs.env["ir.actions.report"]._render_qweb_html(REPORT, move.ids)

    def test_only_of_completed_invoices_of_appointments(self):
        draft = self.draft()
        other = self.init_invoice("out_invoice", partner=self.client, amounts=[100])
        other.action_post()
        note = self.posted()._reverse_moves(cancel=True)
        for move, words in (
            (draft, "no completed invoice"),
            (other, "bills no appointment"),
            (note, "no completed invoice"),
        ):
            theirs = move.with_user(self.accountant)
            with self.assertRaisesRegex(UserError, words):
                theirs.action_print_itemised()
            with self.assertRaisesRegex(UserError, words):
                theirs.env["ir.actions.report"]._render_qweb_html(REPORT, move.ids)

    def test_in_the_print_menu_of_who_may(self):
        report = self.env.ref("konfidens_payments.action_report_itemised")
        for user, shown in (
            (self.practitioner, True),
            (self.accountant, True),
            (self.employee, False),
        ):
            found = self.env["ir.actions.actions"].with_user(user)
            bound = found.get_bindings("account.move").get("report", ())
            self.assertEqual(report.id in [one["id"] for one in bound], shown)

    # === NEVER BY ITSELF === #

    def test_no_message_brings_it(self):
        move = self.draft()
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
            mails = list(self._mails)
        self.complete_delivered()
        self.pay(move)
        mails += self.work()
        self.assertEqual(len(mails), 2)
        for mail in mails:
            attached = b"".join(file[1] for file in mail["attachments"]).decode()
            for secret in ("Trauma", "HPR 1234567"):
                self.assertNotIn(secret, mail["body"] + attached)

    def test_keeps_no_file(self):
        move = self.given
        before = self.env["ir.attachment"].search_count(
            [("res_model", "=", "account.move"), ("res_id", "=", move.id)]
        )
        self.print(move, self.practitioner)
        self.assertEqual(
            self.env["ir.attachment"].search_count(
                [("res_model", "=", "account.move"), ("res_id", "=", move.id)]
            ),
            before,
        )
