from datetime import timedelta

from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import PaymentsCommon

WIZARD = "calendar.popover.delete.wizard"


@tagged("post_install", "-at_install")
class TestDeletionNote(PaymentsCommon):
    """What is said of the payment before an appointment is deleted."""

    given_by = "posted"

    def note(self, events, recurrence=False, user=None):
        events = events.with_user(user or self.practitioner)
        return events.get_deletion_note(recurrence)

    def test_nothing_is_billed(self):
        self.assertFalse(self.note(self.book(service_id=self.service.id)))
        self.assertFalse(self.note(self.book_externally()))

    def test_draft(self):
        move = self.draft()
        event = move.booking_ids.event_id
        self.assertEqual(self.note(event), "The draft invoice is cancelled.")
        date = self.now() + timedelta(days=2)
        message = self.send(move, send_mode="later", scheduled_date=date)
        self.assertEqual(
            self.note(event),
            "The draft invoice and the scheduled payment message are cancelled.",
        )
        # as it is said, so it is
        event.with_user(self.practitioner).unlink()
        self.assertEqual((move.state, message.state), ("cancel", "cancelled"))

    def test_told(self):
        move = self.draft()
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(
            self.note(move.booking_ids.event_id),
            "The draft invoice is cancelled. Tell Kari Nordmann, who was sent the "
            "payment message already, that there is nothing to pay.",
        )

    def test_completed(self):
        move = self.given
        event = move.booking_ids.event_id
        self.assertEqual(
            self.note(event),
            f"Invoice {move.name} stays; the accountant is asked to credit it.",
        )
        event.with_user(self.practitioner).unlink()
        self.assertEqual(move.state, "posted")
        self.assertIn("Credit this invoice", move.activity_ids.summary)

    def test_credited(self):
        move = self.given
        move._reverse_moves(cancel=True)
        self.assertFalse(self.note(move.booking_ids.event_id))

    def test_draft_that_bills_others_as_well(self):
        move, other = self.draft(), self.draft()
        other.button_cancel()
        booking = other.booking_ids
        move.invoice_line_ids = [
            Command.create(
                {"name": "One more", "price_unit": 100.0, "booking_id": booking.id}
            )
        ]
        self.assertEqual(
            self.note(booking.event_id),
            "A draft that bills others as well stays without it.",
        )

    def test_many(self):
        drafts, completed = self.draft() + self.draft(), self.posted() + self.posted()
        self.send(
            drafts[0], send_mode="later", scheduled_date=self.now() + timedelta(days=2)
        )
        first, second = completed.sorted("id").mapped("name")
        self.assertEqual(
            self.note((drafts + completed).booking_ids.event_id),
            "2 draft invoices are cancelled, and 1 scheduled payment messages. The "
            f"invoices {first} and {second} stay; the accountant is asked to credit "
            "them.",
        )

    def test_series(self):
        first = self.book_weekly(4, service_id=self.service.id)
        series = first.recurrence_id.calendar_event_ids.sorted("start")
        series[:3].action_create_invoice()
        one = "The draft invoice is cancelled."
        for event, chosen, words in (
            (series[1], "self_only", one),
            (series[1], "one", one),
            (series[1], "next", "2 draft invoices are cancelled."),
            (series[1], "future_events", "2 draft invoices are cancelled."),
            (series[1], "all", "3 draft invoices are cancelled."),
            (series[3], "all_events", "3 draft invoices are cancelled."),
            (series[3], "next", False),
        ):
            with self.subTest(event=event.start, chosen=chosen):
                self.assertEqual(self.note(event, chosen), words)
                dialog = self.env[WIZARD].with_user(self.practitioner)
                dialog = dialog.with_context(default_recurrence=chosen)
                made = dialog.create({"calendar_event_id": event.id})
                self.assertEqual(made.payment_note, words)

    def test_dialogs_say_it(self):
        first = self.book_weekly(3, service_id=self.service.id)
        series = first.recurrence_id.calendar_event_ids.sorted("start")
        series.action_create_invoice()
        dialog = self.env[WIZARD].with_user(self.practitioner)
        dialog = dialog.with_context(default_calendar_event_id=series[1].id)
        form = Form(dialog, "calendar.calendar_popover_delete_view")
        self.assertEqual(form.payment_note, "The draft invoice is cancelled.")
        form.delete = "all"
        self.assertEqual(form.payment_note, "3 draft invoices are cancelled.")
        form = Form(dialog, "calendar.view_event_delete_wizard_form")
        self.assertEqual(form.payment_note, "The draft invoice is cancelled.")

    def test_nobody_else_learns_of_it(self):
        event = self.given.booking_ids.event_id
        employee = self.hire("clerk", "base.group_user")
        colleague = self.hire("colleague", "konfidens_payments.group_payments_user")
        event.partner_ids += (employee + colleague).partner_id
        for user in (employee, colleague):
            with self.subTest(user.login):
                self.assertFalse(self.note(event, user=user))
                dialog = self.env[WIZARD].with_user(user)
                made = dialog.create({"calendar_event_id": event.id})
                self.assertFalse(made.payment_note)
        self.assertTrue(self.note(event, user=self.accountant))
