from odoo.tests import freeze_time, tagged

from .by_others_common import ByOthersCommon


@freeze_time("2026-11-01 08:00:00")
@tagged("post_install", "-at_install")
class TestDeletedByOthers(ByOthersCommon):
    """What stays of appointments that somebody deletes."""

    def test_deleted_ones_that_were_billed_are_archived(self):
        for user in (self.clerk, self.practitioner):
            with self.subTest(user=user.login):
                drafted = self.automatic()
                external = self.book(invoicing_method="external")
                external.external_reference = "EPJ-77"
                plain = self.book(service_id=self.service.id, invoicing_method="manual")
                events = drafted + external + plain
                bookings = self.booking_of(events)
                move = drafted.invoice_id
                self.env.flush_all()
                events.with_user(user).unlink()
                self.assertEqual(events.exists(), drafted + external)
                self.assertFalse((drafted + external).filtered("active"))
                kept = self.booking_of(events)
                self.assertEqual(kept, bookings[:2])
                self.assertFalse(kept.filtered("active"))
                self.assertEqual(kept[1].external_reference, "EPJ-77")
                self.assertEqual(move.state, "cancel")
                self.assertEqual(move.payment_message_ids.state, "cancelled")

    def test_deleted_one_that_is_paid_stays_with_its_invoice(self):
        event = self.automatic()
        booking = self.booking_of(event)
        move = booking.invoice_id
        move.action_complete_invoice()
        self.pay(move)
        self.by_clerk(event).unlink()
        self.assertEqual((move.state, move.booking_ids), ("posted", booking))
        self.assertFalse(event.active)
        self.assertTrue(move.activity_ids, "somebody is asked to credit it")

    def test_deleted_future_of_a_series(self):
        event = self.book_weekly(3, service_id=self.service.id)
        events = event.recurrence_id.calendar_event_ids.sorted("start")
        bookings = self.booking_of(events)
        moves = bookings.invoice_id
        self.by_clerk(events[1]).action_mass_deletion("future_events")
        self.assertEqual(bookings.exists().mapped("active"), [True, False, False])
        self.assertEqual(moves.mapped("state"), ["draft", "cancel", "cancel"])
        self.assertFalse(events.exists()[1:].filtered("active"))
