from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .pay_link_common import PayLinkCommon
from .together_common import TogetherCommon


@freeze_time("2026-10-05 09:00:00")
@tagged("post_install", "-at_install")
class TestNextPayment(TogetherCommon, PayLinkCommon):
    """Message and page ask for what Odoo says is to be paid next."""

    given_by = "posted"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service.list_price = 1000
        cls.company.partner_id.tz = "Europe/Oslo"

    def use_terms(self, name):
        self.client.property_payment_term_id = self.env.ref(
            f"account.account_payment_term_{name}"
        )

    def asked(self, move):
        """Send the message of an invoice; return what it asks for, and its text."""
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
            [mail] = self._mails
        self.complete_delivered()
        lines = move.payment_message_line_ids
        return lines.sorted("id")[-1].amount, mail["body"]

    # === IN INSTALMENTS === #

    def test_first_instalment(self):
        self.use_terms("advance_60days")  # 30 % now
        move = self.draft()
        amount, text = self.asked(move)
        self.assertEqual(amount, 300)
        self.assertIn("300.00", text)
        self.assertNotIn("1,000", text)
        words = ("$ 300.00", "Due October 5, 2026", "$ 1,000.00 is left in all")
        self.assert_page(move, "to_pay", *words)

    def test_first_instalment_of_a_draft_that_lay_for_long(self):
        self.use_terms("advance_60days")
        move = self.draft()
        with freeze_time("2026-12-15 09:00"):  # by its making, all would be overdue
            amount, _text = self.asked(move)
            self.assertEqual(amount, 300)
            self.assert_page(move, "to_pay", "$ 300.00", "Due December 15, 2026")

    def test_instalments_later(self):
        self.use_terms("advance_60days")
        move = self.draft()
        self.asked(move)
        self.pay(move, amount=300)
        words = ("$ 700.00", "$ 300.00 of $ 1,000.00 is paid", "Due December 4, 2026")
        self.assert_page(move, "partly_paid", *words)
        self.assertEqual(self.asked(move)[0], 700)

    def test_instalments_overdue(self):
        self.use_terms("advance_60days")
        move = self.draft()
        self.asked(move)
        with freeze_time("2026-10-20 09:00"):
            self.assert_page(move, "to_pay", "$ 300.00", "It was due October 5, 2026")
        with freeze_time("2026-12-20 09:00"):
            self.assert_page(move, "to_pay", "$ 1,000.00", "It was due October 5, 2026")
            self.assertEqual(self.asked(move)[0], 1000)

    def test_deposit_pays_the_first_instalment(self):
        self.use_terms("advance_60days")
        move = self.draft()
        self.pay(move, amount=300)
        self.assertEqual(self.asked(move)[0], 700)
        self.assert_page(move, "partly_paid", "$ 700.00")

    def test_deposit_smaller_than_the_first_instalment(self):
        self.use_terms("advance_60days")
        move = self.draft()
        self.pay(move, amount=100)
        self.assertEqual(self.asked(move)[0], 200)
        self.assert_page(move, "partly_paid", "$ 200.00", "$ 900.00 is left in all")

    def test_several_invoices_in_instalments_together(self):
        self.use_terms("advance_60days")
        moves = self.drafts(2)
        message = self.hand_over(moves)
        self.assertEqual(message.amount, 600)
        self.assert_page(message, "to_pay", "$ 600.00", "$ 300.00")
        # each by itself: Odoo would put a joint payment elsewhere
        self.assertFalse(moves._get_paid_at_once())

    # === EARLY, PARTLY, LATE === #

    def test_early_discount(self):
        self.use_terms("30days_early_discount")  # 2 % within 7 days
        move = self.draft()
        self.assertEqual(self.asked(move)[0], 1000)
        words = ("$ 1,000.00", "$ 980.00 if you pay by October 12, 2026")
        self.assert_page(move, "to_pay", *words, "Due November 4, 2026")
        with freeze_time("2026-10-20 09:00"):
            self.assertNotIn("980", self.assert_page(move, "to_pay", "$ 1,000.00"))

    def test_partly_credited_is_not_partly_paid(self):
        move = self.draft()
        self.asked(move)
        self.credit(move, 400)
        page = self.assert_page(
            move, "to_pay", "$ 600.00", "$ 400.00 of $ 1,000.00 is credited"
        )
        self.assertNotIn("Partly paid", page)
        self.assertNotIn("is paid", page)
        self.pay(move, amount=100)
        words = ("$ 100.00 of $ 1,000.00 is paid", "$ 400.00 of $ 1,000.00 is credited")
        self.assert_page(move, "partly_paid", "$ 500.00", *words)
        self.assertEqual(self.asked(move)[0], 500)

    def credit(self, move, amount):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id})
        )
        wizard.refund_moves()
        wizard.new_move_ids.invoice_line_ids.price_unit = amount
        wizard.new_move_ids.action_post()

    def test_overdue_by_the_company_s_day(self):
        self.practitioner.tz = "America/New_York"
        move = self.draft()
        self.asked(move)
        self.assertEqual(str(move.invoice_date_due), "2026-10-19")
        with freeze_time("2026-10-19 12:00"):
            self.assert_page(move, "to_pay", "Due October 19, 2026")
        with freeze_time("2026-10-19 22:30"):  # the 20th in Oslo
            self.assert_page(move, "to_pay", "It was due October 19, 2026")

    # === DISPUTED === #

    def test_blocked_invoice_is_not_messaged(self):
        move = self.given
        move.action_toggle_block_payment()
        with self.assertRaisesRegex(UserError, "blocked"):
            self.send(move)
        # nor what was scheduled before
        move.action_toggle_block_payment()
        message = self.send(move)
        move.action_toggle_block_payment()
        with self.mock_mail_gateway():
            self.send_due()
            self.assertFalse(self._mails)
        self.assertEqual(message.state, "cancelled")

    def test_blocked_invoice_is_paid_when_it_is_paid(self):
        move = self.given
        move.action_toggle_block_payment()
        self.pay(move)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(move.payment_state, "blocked")
        self.assertEqual(move.booking_ids.payment_status, "paid")
        self.assertTrue(move.booking_ids.is_settled)
        self.assertEqual(move.booking_status, "paid")
        self.assert_page(move, "paid")

    def test_blocked_invoice_is_credited_when_it_is_credited(self):
        move = self.given
        move.action_toggle_block_payment()
        self.credit(move, 1000)
        self.env.invalidate_all()
        self.assertEqual(move.booking_ids.payment_status, "credited")
        self.assert_page(move, "credited")
