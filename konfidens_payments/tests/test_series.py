from datetime import datetime, timedelta

from odoo.tests import freeze_time, tagged

from .common import PaymentsCommon


@freeze_time("2026-11-01 08:00:00")
@tagged("post_install", "-at_install")
class TestSeries(PaymentsCommon):
    """Each occurrence of a series is a booking with an invoice of its own."""

    given_by = "series"

    def series(self, count=4, **values):
        first = self.book_weekly(
            count,
            service_id=self.service.id,
            invoicing_method="automatic",
            interval=1,
            event_tz="Europe/Oslo",
            **values,
        )
        return self.occurrences(first)

    def occurrences(self, event):
        return event.recurrence_id.calendar_event_ids.sorted("start")

    def change(self, event, update, **values):
        event.with_user(self.practitioner).write(
            {"recurrence_update": update, **values}
        )
        self.env.flush_all()
        self.env.invalidate_all()

    def move(self, event, update, hours, **values):
        """Let an occurrence be so much later; return what the series is then."""
        later = timedelta(hours=hours)
        self.change(
            event, update, start=event.start + later, stop=event.stop + later, **values
        )
        return self.occurrences(event)

    def assert_billed_once(self, occurrences):
        """Check that each has a draft of its own, dated and scheduled as it is."""
        self.assertEqual(len(occurrences.invoice_id), len(occurrences))
        for event in occurrences:
            move = event.invoice_id
            booking = self.booking_of(event)
            self.assertEqual(move.booking_ids, booking)
            self.assertEqual(move.invoice_line_ids.name, booking._get_invoice_label())
            message = move.payment_message_ids.filtered(
                lambda message: message.state == "scheduled"
            )
            self.assertEqual(message.scheduled_date, event.stop + timedelta(minutes=15))

    def test_each_occurrence_has_its_own_invoice(self):
        occurrences = self.given
        self.assertEqual(len(occurrences), 4)
        self.assert_billed_once(occurrences)

    def test_this_one(self):
        occurrences = self.given
        self.change(occurrences[1], "self_only", price=900.0)
        self.assertEqual(
            occurrences.mapped("invoice_id.amount_total"),
            [1250.0, 900.0, 1250.0, 1250.0],
        )

    def test_all_with_another_price(self):
        occurrences = self.given
        self.change(occurrences[0], "all_events", price=900.0)
        self.assertEqual(occurrences.mapped("invoice_id.amount_total"), [900.0] * 4)

    def test_this_and_following_at_another_time(self):
        occurrences = self.given
        before = occurrences.invoice_id
        second = occurrences[1]
        now = self.move(second, "future_events", hours=2)
        self.assertEqual(len(now), 3)
        self.assertEqual(now[0].start, datetime(2026, 11, 17, 11))
        self.assert_billed_once(occurrences[0] + now)
        # the same invoices, in the same order
        self.assertEqual((occurrences[0] + now).invoice_id.sorted("id"), before)

    def test_all_at_another_time(self):
        occurrences = self.given
        before = occurrences.invoice_id
        first = occurrences[0]
        now = self.move(first, "all_events", hours=1)
        self.assertEqual(len(now), 4)
        self.assert_billed_once(now)
        self.assertEqual(now.invoice_id.sorted("id"), before)

    def test_this_and_following_at_another_time_and_price(self):
        occurrences = self.given
        second = occurrences[1]
        now = self.move(second, "future_events", hours=2, price=900.0)
        self.assert_billed_once(now)
        self.assertEqual(now.mapped("invoice_id.amount_total"), [900.0] * 3)
        self.assertEqual(occurrences[0].price, 1250.0)

    def test_all_billed_externally(self):
        occurrences = self.given
        moves = occurrences.invoice_id
        self.change(occurrences[0], "all_events", invoicing_method="external")
        self.assertEqual(set(occurrences.mapped("payment_status")), {"external"})
        self.assertEqual(set(moves.mapped("state")), {"cancel"})

    def test_completed_invoices_go_along_and_nothing_is_billed_twice(self):
        occurrences = self.given
        completed = occurrences[2].invoice_id
        completed.action_complete_invoice()
        second = occurrences[1]
        now = self.move(second, "future_events", hours=2)
        self.assertEqual(now[1].invoice_id, completed)
        self.assertEqual(now[1].payment_status, "unpaid")
        self.assertEqual(len(now.invoice_id), 3)
        self.assertFalse(completed.activity_ids)
        live = self.env["account.move"].search(
            [("partner_id", "=", self.client.id), ("state", "!=", "cancel")]
        )
        self.assertEqual(len(live), 4)

    def test_price_for_all_leaves_what_clients_were_told(self):
        occurrences = self.given
        occurrences[0].invoice_id.action_complete_invoice()
        self.change(occurrences[1], "all_events", price=900.0)
        self.assertEqual(
            occurrences.mapped("invoice_id.amount_total"), [1250.0, *[900.0] * 3]
        )

    def test_shorter_series_cancels_what_is_left_over(self):
        occurrences = self.given
        moves = occurrences.invoice_id.sorted("id")
        self.change(occurrences[0], "all_events", count=2)
        now = self.occurrences(occurrences[0])
        self.assertEqual(len(now), 2)
        self.assert_billed_once(now)
        self.assertEqual(
            sorted((moves - now.invoice_id).mapped("state")), ["cancel", "cancel"]
        )

    def test_longer_series_bills_what_is_new(self):
        occurrences = self.given
        self.change(occurrences[0], "all_events", count=6)
        now = self.occurrences(occurrences[0])
        self.assertEqual(len(now), 6)
        self.assert_billed_once(now)

    def test_deleted_following_take_their_drafts_along(self):
        occurrences = self.given
        moves = occurrences.mapped("invoice_id")
        occurrences[2].with_user(self.practitioner).action_mass_deletion(
            "future_events"
        )
        self.assertEqual(moves.mapped("state"), ["draft", "draft", "cancel", "cancel"])

    def test_a_year_is_made_in_batch_calls(self):
        self.series(2)  # warm

        def queries(count):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(len(self.series(count).invoice_id), count)
            return self.cr.sql_log_count - before

        few, many = queries(4), queries(52)
        per_occurrence = (many - few) / 48
        self.assertLess(per_occurrence, 40, f"{few} for 4, {many} for 52")
