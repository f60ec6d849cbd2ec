from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .desk_common import DeskCommon
from .refund_common import RefundCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestRefund(RefundCommon):
    """Money that was paid for an invoice that is credited goes back."""

    given_by = "credited"

    # === WHAT IS TO BE PAID BACK === #

    def test_what_was_paid_of_a_disputed_invoice(self):
        move = self.posted()
        move.action_toggle_block_payment()
        self.pay(move)
        note = self.credit(move)
        self.assertEqual(note.amount_to_refund, 1250.0)

    def test_paid_and_credited(self):
        note = self.given
        self.assertEqual(note.amount_to_refund, 1250.0)
        for user in (self.head, self.accountant, self.auditor):
            self.assertIn(note, self.to_refund(user))
        booking = note.reversed_entry_id.booking_ids
        self.assertEqual(booking.payment_status, "credited")
        self.assertIn("1,250.00 is to be paid back", booking.payment_next_step)

    def test_dialog_proposes_the_way_by_which_it_came(self):
        for method in (self.card, self.cash, self.vipps):
            with self.subTest(method=method.name), self.undone():
                move = self.posted()
                taking = DeskCommon.dialog(self, move)
                taking.method_id = method
                taking.action_take()
                note = self.credit(move)
                self.assertEqual(self.dialog(note).method_id, method)

    def test_only_what_came_goes_back(self):
        move = self.posted()
        self.write_off(move, 1250.0)
        self.assertEqual(move.booking_ids.amount_paid, 0.0)
        note = self.credit(move)
        self.assertFalse(note.amount_to_refund)
        self.assertNotIn(note, self.to_refund(self.accountant))
        partly = self.posted()
        self.pay(partly, amount=1000.0)
        self.write_off(partly, 250.0)
        self.assertEqual(partly.booking_ids.amount_paid, 1000.0)
        note = self.credit(partly)
        self.assertEqual(note.amount_to_refund, 1000.0)
        self.dialog(note).action_confirm()
        self.assertEqual(self.payments(note).amount, 1000.0)
        self.assertEqual(self.status(note), "refunded")

    def test_credited_and_its_payment_taken_back(self):
        """Nobody is asked for what is credited, whatever Odoo has left open."""
        move = self.posted()
        payment = self.pay(move)
        note = self.credit(move)
        payment = payment or self.payments(move)
        payment.action_draft()
        payment.action_cancel()
        self.env.flush_all()
        booking = move.booking_ids
        self.assertEqual(move.amount_residual, 1250.0)
        self.assertEqual((booking.payment_status, booking.amount_due), ("credited", 0))
        self.assertFalse(booking.overdue)
        self.assertFalse(note.amount_to_refund)
        for press in (move.action_send_payment_message, move.action_take_payment):
            with self.assertRaisesRegex(UserError, "nothing to pay"):
                press()
        unpaid = self.env["account.move"].action_view_unpaid()["domain"]
        self.assertNotIn(move, self.env["account.move"].search(unpaid))

    def test_partly_credited_and_the_note_is_not_taken_off(self):
        move = self.posted()
        self.pay(move)
        self.credit(move, 500.0)
        payment = self.payments(move)
        payment.action_draft()
        payment.action_cancel()
        self.env.flush_all()
        for press in (move.action_send_payment_message, move.action_take_payment):
            with self.assertRaisesRegex(UserError, "was not taken off"):
                press()

    def test_paid_by_the_credit_of_another_invoice(self):
        """It is paid, and not billed a second time."""
        note = self.given
        move = self.posted()
        lines = (note + move).line_ids.filtered(
            lambda line: line.display_type == "payment_term" and not line.reconciled
        )
        lines.reconcile()
        self.env.flush_all()
        booking = move.booking_ids
        self.assertEqual(move.payment_state, "reversed")
        self.assertEqual(
            (booking.payment_status, booking.amount_paid), ("paid", 1250.0)
        )
        self.assertEqual(booking.invoice_id, move)
        self.assertEqual(booking.action_create_invoice()["res_id"], move.id)
        self.assertEqual(booking.invoice_id, move)
        self.assertFalse(note.amount_to_refund)

    def test_without_money_behind_it(self):
        move = self.posted()
        unpaid = self.credit(move)
        partly = self.posted()
        self.pay(partly, amount=400.0)
        note = self.credit(partly, 250.0)
        for one in (unpaid, note, move):
            self.assertFalse(one.amount_to_refund)
            self.assertNotIn(one, self.to_refund(self.accountant))
            with self.assertRaisesRegex(UserError, "no money behind it"):
                one.action_mark_refunded()
        self.assertEqual(self.status(unpaid), "credited")

    def test_partly_paid_and_credited(self):
        move = self.posted()
        self.pay(move, amount=400.0)
        self.assertEqual(self.credit(move).amount_to_refund, 400.0)

    def test_anew_for_less_asks_what_becomes_of_the_rest(self):
        move = self.posted()
        self.pay(move)
        move.with_user(self.accountant).action_credit_and_invoice_anew()
        new = move.booking_ids.invoice_id
        new.booking_ids.price = 1000.0
        self.assertFalse(new.activity_ids)
        new.action_post()
        [activity] = new.activity_ids
        self.assertIn("250.00 was paid too much", activity.summary)
        self.assertTrue(activity.user_id.has_group("account.group_account_invoice"))

    def test_anew_takes_what_is_left_of_a_payment_that_went_back_in_part(self):
        note = self.credited(250.0)
        self.dialog(note).action_confirm()
        move = note.reversed_entry_id
        move.with_user(self.accountant).action_credit_and_invoice_anew()
        self.env.flush_all()
        new = move.booking_ids.invoice_id
        self.assertEqual((new.amount_total, new.amount_residual), (1250.0, 250.0))
        self.assertFalse(any((move.reversal_move_ids).mapped("amount_to_refund")))
        self.assertFalse(move.amount_residual)

    def test_anew_takes_the_payment_and_nothing_goes_back(self):
        move = self.posted()
        self.pay(move)
        move.with_user(self.accountant).action_credit_and_invoice_anew()
        self.env.flush_all()
        self.assertFalse(move.reversal_move_ids.amount_to_refund)

    # === PAID BACK AT THE DESK === #

    def test_mark_as_refunded(self):
        for user in (self.head, self.accountant):
            note = self.credited()
            wizard = self.dialog(note, user)
            self.assertEqual((wizard.amount, wizard.way), (1250.0, "method"))
            self.assertFalse(wizard.provider)
            wizard.write({"method_id": self.card.id, "date": "2026-11-20"})
            wizard.action_confirm()
            self.assertEqual(self.status(note), "refunded")
            self.assertTrue(note.reversed_entry_id.booking_ids.is_settled)
            self.assertRecordValues(
                self.payments(note),
                [
                    {
                        "amount": 1250.0,
                        "payment_type": "outbound",
                        "date": date(2026, 11, 20),
                        "payments_method_id": self.card.id,
                    }
                ],
            )
            self.assertNotIn(note, self.to_refund(self.accountant))

    def test_some_of_it(self):
        note = self.credited(300.0)
        self.dialog(note).action_confirm()
        self.assertEqual(self.payments(note).amount, 300.0)
        # the rest stays paid
        self.assertEqual(self.status(note), "paid")

    def test_pressed_twice_and_by_two(self):
        note = self.given
        first, second = self.dialog(note), self.dialog(note, self.head)
        first.action_confirm()
        for wizard in (first, second):
            with self.assertRaisesRegex(UserError, "no money behind it"):
                wizard.action_confirm()
        self.assertEqual(len(self.payments(note)), 1)

    def test_days_and_ways_that_cannot_be(self):
        note = self.given
        wizard = self.dialog(note)
        for day in ("2026-11-23", False):
            wizard.date = day
            with self.assertRaisesRegex(UserError, "not one to come"):
                wizard.action_confirm()
        wizard.write({"date": "2026-11-22", "method_id": False})
        with self.assertRaisesRegex(UserError, "Choose one of the ways"):
            wizard.action_confirm()
        self.bank.outbound_payment_method_line_ids.unlink()
        wizard.method_id = self.vipps
        with self.assertRaisesRegex(UserError, "Nothing can be paid back by Vipps"):
            wizard.action_confirm()

    def test_cash_that_went_back_is_missing_in_the_box(self):
        self.dialog(self.credited()).action_confirm()
        days = self.env["konfidens.payment.day"].with_user(self.secretary)
        days.action_view_days()
        line = days.search([]).line_ids.filtered(lambda one: one.method_id == self.cash)
        self.assertEqual(line.taken, -1250.0)

    def test_invoice_anew_after_it(self):
        note = self.given
        self.dialog(note).action_confirm()
        booking = note.reversed_entry_id.booking_ids
        booking.action_create_invoice()
        self.assertEqual(booking.payment_status, "draft")
        self.assertEqual(booking.invoice_id.amount_residual, 1250.0)

    # === WHO MAY === #

    def test_who_may(self):
        note = self.given
        for user in (self.practitioner, self.secretary, self.auditor):
            with self.assertRaises(AccessError):
                note.with_user(user).action_mark_refunded()
        for user in (self.colleague, self.employee):
            with self.assertRaises(AccessError):
                note.with_user(user).action_mark_refunded()
        wizard = self.dialog(note, self.head)
        for values in ({"move_id": 1}, {"amount": 5000.0}):
            with self.assertRaises(AccessError):
                wizard.write(values)
        self.head.sudo().group_ids = self.secretary.sudo().group_ids
        with self.assertRaises(AccessError):
            wizard.action_confirm()
