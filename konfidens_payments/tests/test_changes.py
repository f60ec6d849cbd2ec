from datetime import datetime

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .changes_common import ChangesCommon


@freeze_time("2026-11-01 08:00:00")
@tagged("post_install", "-at_install")
class TestChanges(ChangesCommon):
    """Change until it has left."""

    given_by = "draft"

    def automatic(self):
        return self.book(service_id=self.service.id, invoicing_method="automatic")

    # === THE BOOKING LEADS === #

    def test_price(self):
        booking = self.given.booking_ids
        booking.price = 900.0
        self.assertEqual(booking.invoice_id.amount_total, 900.0)
        self.assertEqual(booking.price, 900.0)

    def test_service_brings_its_price(self):
        booking = self.given.booking_ids
        booking.service_id = self.short
        line = booking.invoice_id.invoice_line_ids
        self.assertEqual(line.product_id, self.short)
        self.assertEqual(booking.invoice_id.amount_total, 600.0)
        self.assertEqual(booking.price, 600.0)
        self.assertEqual(line.name, "Appointment November 10, 2026 at 10:00 AM")

    def test_payer(self):
        booking = self.automatic()
        booking.payer_id = self.other
        self.assertEqual(booking.invoice_id.partner_id, self.other)
        self.assertEqual(booking.invoice_id.payment_message_ids.partner_id, self.other)

    def test_client_brings_the_payer(self):
        booking = self.automatic()
        booking.client_id = self.other
        self.assertEqual(booking.payer_id, self.other)
        self.assertEqual(booking.invoice_id.partner_id, self.other)

    def test_other_guest_is_the_other_client(self):
        booking = self.automatic()
        booking.partner_ids = self.practitioner.partner_id + self.other
        self.assertEqual(booking.client_id, self.other)
        self.assertEqual(booking.invoice_id.partner_id, self.other)

    def test_time_moves_label_and_message(self):
        booking = self.automatic()
        booking.write(
            {"start": datetime(2026, 11, 12, 9), "stop": datetime(2026, 11, 12, 10)}
        )
        move = booking.invoice_id
        self.assertIn("November 12, 2026", move.invoice_line_ids.name)
        self.assertEqual(
            move.payment_message_ids.scheduled_date, datetime(2026, 11, 12, 10, 15)
        )

    def test_own_text_on_the_line_stays(self):
        move = self.given
        move.invoice_line_ids.name = "As agreed"
        move.booking_ids.write(
            {"start": datetime(2026, 11, 12, 9), "stop": datetime(2026, 11, 12, 10)}
        )
        self.assertEqual(move.invoice_line_ids.name, "As agreed")

    def test_practitioner(self):
        move = self.given
        move.booking_ids.event_id.with_user(self.practitioner).user_id = self.accountant
        self.assertEqual(move.booking_ids.user_id, self.accountant)
        self.assertEqual(move.invoice_user_id, self.accountant)

    # === THE DRAFT LEADS === #

    def test_lines_of_the_draft_show_on_the_booking(self):
        move = self.given
        move.invoice_line_ids.price_unit = 700.0
        self.assertEqual(move.booking_ids.price, 700.0)
        self.assertTrue(move.booking_ids.draft_leads)
        move.invoice_line_ids.discount = 50.0
        self.assertEqual(move.booking_ids.price, 700.0)
        self.assertEqual(move.booking_ids.amount_due, 350.0)
        move.invoice_line_ids.product_id = self.short
        self.assertEqual(move.booking_ids.service_id, self.short)

    def test_payer_of_the_draft_shows_on_the_booking(self):
        move = self.given
        move.partner_id = self.other
        self.assertEqual(move.booking_ids.payer_id, self.other)
        self.assertEqual(move.booking_ids.client_id, self.client)

    def test_price_of_a_draft_with_several_lines(self):
        move = self.given
        move.write(
            {
                "invoice_line_ids": [
                    (0, 0, {"name": "Report", "price_unit": 200.0, "tax_ids": False})
                ]
            }
        )
        booking = move.booking_ids
        self.assertEqual((booking.price, booking.amount_due), (1250.0, 1450.0))
        booking.price = 1000.0
        self.assertEqual(move.amount_total, 1200.0)

    def test_price_of_a_cancelled_draft_stays(self):
        move = self.draft(price=900.0)
        booking = move.booking_ids
        move.button_cancel()
        self.assertEqual(booking.price, 900.0)
        booking.service_id = self.short
        self.assertEqual(booking.price, 600.0)

    # === ONCE IT HAS LEFT === #

    def assert_fixed(self, booking, words):
        move = booking.invoice_id
        for values in (
            {"price": 1.0},
            {"service_id": self.short.id},
            {"payer_id": self.other.id},
            {"client_id": self.other.id},
        ):
            with (
                self.subTest(values=values),
                self.assert_nothing_changes(booking, move),
                self.assertRaisesRegex(UserError, words),
                self.cr.savepoint(),
            ):
                booking.write(values)

    def test_told_amount_is_fixed(self):
        move = self.given
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.assert_fixed(move.booking_ids, "has been told this price")
        for change in (
            lambda: move.write({"partner_id": self.other.id}),
            lambda: move.invoice_line_ids.write({"price_unit": 1.0}),
            lambda: move.write(
                {"invoice_line_ids": [(0, 0, {"name": "More", "price_unit": 1.0})]}
            ),
            lambda: move.invoice_line_ids.unlink(),
        ):
            with (
                self.assert_nothing_changes(move),
                self.assertRaisesRegex(UserError, "payer and lines are fixed"),
                self.cr.savepoint(),
            ):
                change()

    def test_completed_invoice_is_fixed(self):
        move = self.given
        move.action_complete_invoice()
        self.assert_fixed(move.booking_ids, "is completed.*Credit it first")

    def test_appointment_can_still_be_moved(self):
        move = self.given
        move.action_complete_invoice()
        booking = move.booking_ids
        booking.write(
            {"start": datetime(2026, 11, 12, 9), "stop": datetime(2026, 11, 12, 10)}
        )
        self.assertEqual(booking.start, datetime(2026, 11, 12, 9))
        self.assertIn("November 10", move.invoice_line_ids.name)

    def test_told_draft_is_still_completed(self):
        move = self.given
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.assertEqual(move.state, "posted")

    # === CANCELLED === #

    def test_cancelled_appointment_takes_draft_and_message_along(self):
        for cancel in ("archive", "delete"):
            with self.subTest(cancel=cancel):
                booking = self.automatic()
                move = booking.invoice_id
                if cancel == "archive":
                    booking.active = False
                    self.assertEqual(booking.payment_status, "cancelled")
                else:
                    booking.unlink()
                self.assertEqual(move.state, "cancel")
                self.assertEqual(move.payment_message_ids.state, "cancelled")

    def test_restored_appointment_is_billed_again(self):
        booking = self.automatic()
        old = booking.invoice_id
        booking.active = False
        booking.active = True
        self.assertEqual(booking.payment_status, "scheduled")
        self.assertNotEqual(booking.invoice_id, old)

    def test_completed_invoice_of_a_cancelled_appointment_asks_to_credit_once(self):
        self.company.payments_responsible_id = self.accountant
        move = self.draft()
        move.action_complete_invoice()
        event = move.booking_ids.event_id
        event.active = False
        self.assertTrue(move.activity_ids)
        event.active = True
        self.assertFalse(move.activity_ids, "it takes place, and is not credited")
        event.active = False
        self.assertEqual(move.state, "posted")
        activity = move.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.accountant)
        self.assertIn("Credit this invoice", activity.summary)

    # === CREDITED === #

    def test_credit_and_invoice_anew(self):
        move = self.given
        move.action_complete_invoice()
        booking = move.booking_ids
        action = move.with_user(self.accountant).action_credit_and_invoice_anew()
        self.assertEqual(move.payment_state, "reversed")
        self.assertEqual(move.reversal_move_ids.state, "posted")
        self.assertEqual(action["res_id"], booking.invoice_id.id)
        self.assertNotEqual(booking.invoice_id, move)
        self.assertEqual(booking.payment_status, "draft")
        booking.price = 500.0
        self.assertEqual(booking.invoice_id.amount_total, 500.0)

    def test_credit_and_invoice_anew_of_a_draft(self):
        with self.assertRaisesRegex(UserError, "nothing to credit"):
            self.draft().action_credit_and_invoice_anew()

    def test_refund_of_a_paid_invoice_settles_as_credited(self):
        move = self.given
        move.action_complete_invoice()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({})._create_payments()
        move._reverse_moves(cancel=False).action_post()
        self.assertEqual(move.booking_ids.payment_status, "credited")
        self.assertTrue(move.booking_ids.is_settled)
