from datetime import datetime

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .test_attendance import AttendanceCommon

CREDIT = "konfidens_payments.mail_activity_credit"


@freeze_time("2026-11-10 12:00:00")
@tagged("post_install", "-at_install")
class TestAttendanceTold(AttendanceCommon):
    """Marks that come after the payer was told, as most of them do."""

    given_by = "told"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.payments_no_show_percent = 80.0

    def told(self, deliver=True):
        """Return a booking whose payer was told, and its invoice."""
        booking = self.booked("automatic")
        with self.mock_mail_gateway():
            self.send_due()
        if deliver:
            self.complete_delivered()
            self.assertEqual(booking.invoice_id.state, "posted")
        else:
            self.assertEqual(booking.payment_status, "sent")
        return booking, booking.invoice_id

    def send(self):
        """Return the mails that leave now."""
        with self.mock_mail_gateway():
            self.send_due()
        return self._mails

    def test_one_click_credits_and_bills_the_fee_with_one_message(self):
        booking, old = self.given
        dialog = self.ask(booking, "action_no_show", self.accountant)
        self.assertIn("credited", dialog.outcome_note)
        dialog.action_bill_fee()
        self.assertTrue(old._is_credited())
        new = booking.invoice_id
        self.assertNotEqual(new, old)
        self.assertEqual(new.amount_total, 1000.0)
        self.assertIn("Missed appointment", new.invoice_line_ids.name)
        self.assertEqual(len(self.send()), 1)
        self.assertFalse(old.activity_search([CREDIT]))

    def test_nobody_is_asked_for_what_was_marked_otherwise_since(self):
        """Completed by hand, then marked, and only then the message would leave."""
        times = {
            "start": datetime(2026, 11, 10, 13),
            "stop": datetime(2026, 11, 10, 14),
        }
        booking = self.booked("automatic", **times)
        old = booking.invoice_id
        self.assertEqual(old.payment_message_state, "scheduled")
        old.with_user(self.accountant).action_complete_invoice()
        self.ask(booking, "action_no_show").action_bill_fee()
        with self.assertRaisesRegex(UserError, "something else than was marked"):
            old.with_user(self.practitioner).action_send_payment_message()
        with freeze_time("2026-11-10 15:00:00"):
            self.assertFalse(self.send())
            self.assertEqual(old.payment_message_ids.state, "cancelled")
            old.with_user(self.accountant).action_bill_as_marked()
            [mail] = self.send()
        self.assertIn("1,000.00", mail["body"])

    def test_practitioner_asks_an_accountant(self):
        booking, old = self.given
        self.company.payments_responsible_id = self.accountant
        dialog = self.ask(booking, "action_no_show")
        self.assertIn("An accountant is asked", dialog.outcome_note)
        dialog.action_bill_fee()
        self.assertEqual(booking.attendance, "no_show")
        self.assertFalse(old._is_credited())
        self.assertTrue(old.is_marked_otherwise)
        self.assertEqual(old.activity_search([CREDIT]).user_id, self.accountant)
        self.assertIn("Credit and Bill as Marked", booking.payment_next_step)
        self.assertFalse(self.send())
        old.with_user(self.accountant).action_bill_as_marked()
        self.assertEqual(booking.invoice_id.amount_total, 1000.0)
        self.assertFalse(old.activity_search([CREDIT]))
        self.assertFalse(old.is_marked_otherwise)
        self.assertEqual(len(self.send()), 1)

    def test_credit_and_invoice_anew_bills_what_was_marked(self):
        booking, old = self.given
        self.ask(booking, "action_no_show").action_bill_fee()
        old.with_user(self.accountant).action_credit_and_invoice_anew()
        self.assertEqual(booking.invoice_id.amount_total, 1000.0)

    def test_what_was_paid_pays_the_fee(self):
        booking, old = self.given
        self.pay(old)
        self.assertEqual(booking.payment_status, "paid")
        self.ask(booking, "action_no_show", self.accountant).action_bill_fee()
        new = booking.invoice_id
        self.assertNotEqual(new, old)
        self.assertEqual(new.amount_total, 1000.0)

    def test_waived_is_credited_and_nothing_is_billed(self):
        booking, old = self.given
        dialog = self.ask(booking, "action_no_show", self.accountant)
        dialog.reason = "Was ill"
        dialog.action_no_fee()
        self.assertTrue(old._is_credited())
        self.assertEqual(booking.payment_status, "credited")
        self.assertEqual(old.amount_residual, 0.0)
        self.assertFalse(self.send())

    def test_told_draft_is_replaced(self):
        booking, old = self.told(deliver=False)
        self.ask(booking, "action_no_show").action_bill_fee()
        self.assertEqual(old.state, "cancel")
        new = booking.invoice_id
        self.assertEqual(new.amount_total, 1000.0)
        self.assertIn("was told", booking.payment_next_step)
        self.assertEqual(len(self.send()), 1)

    def test_whole_fee_needs_no_new_message(self):
        self.company.payments_no_show_percent = 100.0
        booking, old = self.told(deliver=False)
        self.ask(booking, "action_no_show").action_bill_fee()
        self.assertEqual(booking.invoice_id, old)
        self.assertIn("Missed appointment", old.invoice_line_ids.name)
        self.assertFalse(self.send())

    def test_whole_fee_of_a_completed_invoice_credits_nothing(self):
        self.company.payments_no_show_percent = 100.0
        booking, old = self.told()
        self.ask(booking, "action_no_show", self.accountant).action_bill_fee()
        self.assertEqual(booking.invoice_id, old)
        self.assertFalse(old._is_credited())
        self.assertFalse(old.activity_search([CREDIT]))

    def test_came_after_all(self):
        booking, _old = self.given
        self.ask(booking, "action_no_show", self.accountant).action_bill_fee()
        self.send()
        self.complete_delivered()
        fee = booking.invoice_id
        self.assertEqual(fee.state, "posted")
        self.ask(booking, "action_attended", self.accountant)
        self.assertTrue(fee._is_credited())
        self.assertEqual(booking.invoice_id.amount_total, 1250.0)
        self.assertNotIn("Missed", booking.invoice_id.invoice_line_ids.name)

    def test_cancelled_asks_to_credit(self):
        booking, old = self.given
        booking.sudo()._mark("cancelled")
        self.assertTrue(old.activity_search([CREDIT]))
        self.assertEqual(old.state, "posted")

    def test_nobody_is_reminded_of_what_is_to_be_credited(self):
        booking, old = self.given
        self.ask(booking, "action_no_show").action_bill_fee()
        self.company.payments_reminders = True
        with freeze_time("2026-12-30 12:00:00"):
            self.assertIn(old.id, old._get_reminder_obstacles())

    def test_proof_finds_nothing(self):
        booking, _old = self.given
        self.ask(booking, "action_no_show", self.accountant).action_bill_fee()
        self.booked().sudo()._mark("cancelled")
        self.booked().sudo()._mark("no_show", reason="ill")
        self.env.flush_all()
        proof = self.env["konfidens.payment.proof"].sudo()._prove(self.company)
        self.assertFalse(proof.line_ids.mapped("reason"))
