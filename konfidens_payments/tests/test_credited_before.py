from datetime import datetime

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .refund_common import RefundCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestCreditedBefore(RefundCommon):
    """What an accountant credited by hand is not asked for again, whatever comes."""

    given_by = "for_two"

    def for_two(self):
        """Return the completed invoice of two appointments of a client."""
        move = self.draft()
        start, stop = datetime(2026, 11, 11, 9), datetime(2026, 11, 11, 10)
        other = self.booking_of(self.book(start=start, stop=stop))
        move.invoice_line_ids = [
            Command.create({"booking_id": other.id, "product_id": self.service.id})
        ]
        move.action_complete_invoice()
        self.assertEqual(move.amount_total, 2500.0)
        return move

    def credit_some(self, move, prices):
        """Credit these prices, and nothing else: a dict from bookings."""
        note = self.credit_draft(move)
        for line in note.invoice_line_ids:
            price = prices.get(line.credited_booking_id)
            if price:
                line.price_unit = price
            else:
                line.unlink()
        note.action_post()
        self.env.flush_all()

    def anew(self, move):
        move.with_user(self.accountant).action_credit_and_invoice_anew()
        self.env.flush_all()
        self.env.invalidate_all()

    def mark_no_show(self, booking, user=None):
        """Mark that a client did not come, and bill half of the price."""
        self.company.payments_no_show_percent = 50
        action = booking.with_user(user or self.accountant).action_no_show()
        dialogs = self.env[action["res_model"]].with_user(user or self.accountant)
        dialogs.browse(action["res_id"]).action_bill_fee()
        self.env.flush_all()

    def sent(self):
        """Send what is due; return the texts of the mails to payers."""
        with self.mock_mail_gateway():
            self.send_due()
        return [mail["body"] for mail in self._mails if "See and pay" in mail["body"]]

    # === BILLED AS MARKED === #

    def test_what_was_credited_before_is_looked_at_before_it_is_sent(self):
        first, other = self.given.booking_ids.sorted("id")
        self.credit_some(self.given, {other: 1250.0})
        self.mark_no_show(first)
        self.assertEqual(self.sent(), [])
        self.assertEqual(first.payment_status, "draft")

    def test_without_a_credit_before_it_is_sent_at_once(self):
        first, _other = self.given.booking_ids.sorted("id")
        self.mark_no_show(first)
        [text] = self.sent()
        self.assertIn("1,875.00", text)

    def test_deleted_appointment_is_not_billed_anew(self):
        first, other = self.given.booking_ids.sorted("id")
        self.as_practitioner(other.event_id).unlink()
        for act, total in ((self.anew, 1250.0), (self.mark_no_show, 625.0)):
            with self.subTest(act=act.__name__), self.undone():
                act(self.given if total == 1250.0 else first)
                self.assertEqual(first.invoice_id.amount_total, total)
                self.assertEqual(first.invoice_id.booking_ids, first)

    def test_credited_down_to_the_fee_by_hand_asks_for_nothing_more(self):
        first, other = self.given.booking_ids.sorted("id")
        self.credit_some(self.given, {first: 625.0, other: 1250.0})
        self.mark_no_show(first, self.practitioner)
        self.assertEqual((first + other).mapped("amount_billed"), [625.0, 0.0])
        self.assertFalse(self.given.is_marked_otherwise)
        self.assertFalse(self.given.activity_ids)

    # === ANEW === #

    def test_rest_is_credited_to_the_cent(self):
        """However Odoo rounds the taxes of its parts, or cash."""
        tax = self.company_data["default_tax_sale"].copy({"amount": 25.0})
        rounding = self.env["account.cash.rounding"].create(
            {
                "name": "To half a crown",
                "rounding": 0.5,
                "strategy": "add_invoice_line",
                "profit_account_id": self.company_data["default_account_revenue"].id,
                "loss_account_id": self.company_data["default_account_expense"].id,
            }
        )
        for price, credited, values in (
            (1000.02, 333.33, {}),
            (333.33, 111.11, {}),
            (1250.3, 400.1, {"invoice_cash_rounding_id": rounding.id}),
        ):
            with self.subTest(price=price), self.undone():
                move = self.draft()
                booking = move.booking_ids
                booking.price = price
                move.invoice_line_ids.tax_ids = False if values else tax
                move.write(values)
                move.action_complete_invoice()
                self.credit_some(move, {booking: credited})
                self.anew(move)
                notes = move.reversal_move_ids
                for name in ("amount_total", "amount_tax"):
                    self.assertAlmostEqual(sum(notes.mapped(name)), move[name], 2)
                self.assertEqual(move.amount_residual, 0.0)
                self.assertEqual(sum(notes.mapped("amount_residual")), 0.0)
                self.assertEqual(booking.invoice_id.state, "draft")
                self.assertEqual(booking.invoice_id.amount_total, move.amount_total)

    def test_draft_made_anew_is_deleted(self):
        """What was paid is not lost sight of: somebody is asked, until it is billed."""
        move = self.posted()
        booking = move.booking_ids
        self.pay(move)
        self.anew(move)
        booking.invoice_id.with_user(self.accountant).unlink()
        [asked] = move.activity_ids
        self.assertIn("pay the money back", asked.summary)
        booking.action_create_invoice()
        self.assertEqual(booking.invoice_id.amount_residual, 0.0)
        self.assertFalse(move.activity_ids)

    # === NOT TAKEN OFF === #

    def test_credit_that_nobody_took_off_is_not_asked_for(self):
        """The payment was cancelled after some of what was paid had been credited."""
        move = self.posted()
        self.pay(move)
        self.credit(move, 250.0)
        payment = move.matched_payment_ids
        payment.action_draft()
        payment.action_cancel()
        self.env.flush_all()
        self.assertEqual(move.amount_residual, 1250.0)
        booking = move.booking_ids
        self.assertEqual((booking.amount_billed, booking.amount_due), (1000.0, 1000.0))
        self.assertIn("was not taken off", move._get_message_obstacle())
        self.assertIn("was not taken off", move._get_reminder_obstacles()[move.id])
        page = move._get_pay_page_values("/pay")
        self.assertEqual(page["amount"], move._format_pay_amount(1000.0))
        self.assertFalse(move._has_to_be_paid())
        proof = self.env["konfidens.payment.proof"].sudo()._prove(self.company)
        self.assertNotIn(booking, proof.line_ids.booking_id)
