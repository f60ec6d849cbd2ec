from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .changes_common import ChangesCommon


@freeze_time("2026-11-01 08:00:00")
@tagged("post_install", "-at_install")
class TestClientGone(ChangesCommon):
    """Clients who come no more, or whose contact is deleted."""

    def automatic(self, **values):
        return self.booking_of(
            self.book(
                service_id=self.service.id, invoicing_method="automatic", **values
            )
        )

    def to_invoice(self, client, **values):
        """Return the booking of a client that waits for its invoice."""
        guests = self.practitioner.partner_id + client
        return self.booking_of(
            self.book(
                service_id=self.service.id,
                partner_ids=[Command.set(guests.ids)],
                **values,
            )
        )

    # === TAKEN OFF THE GUESTS === #

    def test_client_taken_off_calls_the_message_off(self):
        def by_form(event):
            with Form(
                event.with_user(self.practitioner),
                view="calendar.view_calendar_event_form",
            ) as form:
                form.partner_ids.remove(id=self.client.id)

        for name, take_off in (
            (
                "command",
                lambda event: event.write(
                    {"partner_ids": [Command.unlink(self.client.id)]}
                ),
            ),
            ("form", by_form),
            (
                "attendee",
                lambda event: event.attendee_ids.filtered(
                    lambda one: one.partner_id == self.client
                ).unlink(),
            ),
        ):
            with self.subTest(taken_off=name):
                booking = self.automatic()
                move = booking.invoice_id
                take_off(booking.event_id.with_context(no_mail_to_attendees=True))
                self.env.flush_all()
                self.assertEqual(move.state, "cancel")
                self.assertEqual(move.payment_message_ids.state, "cancelled")
                self.assertEqual(booking.payment_status, "cancelled")
                self.assertTrue(booking.is_settled)

    def test_client_taken_off_a_whole_series(self):
        event = self.book_weekly(
            3, service_id=self.service.id, invoicing_method="automatic"
        )
        events = event.recurrence_id.calendar_event_ids
        moves = self.booking_of(events).invoice_id
        self.assertEqual(len(moves), 3)
        event.write(
            {
                "recurrence_update": "all_events",
                "partner_ids": [Command.unlink(self.client.id)],
            }
        )
        self.env.flush_all()
        self.assertEqual(moves.mapped("state"), ["cancel"] * 3)
        self.assertEqual(set(moves.payment_message_ids.mapped("state")), {"cancelled"})

    def test_client_or_payer_emptied_is_refused_in_words(self):
        booking = self.automatic()
        for name in ("client_id", "payer_id"):
            for record in (booking, booking.event_id):
                with (
                    self.subTest(name=name, model=record._name),
                    self.assertRaisesRegex(UserError, "A booking has a client"),
                    self.cr.savepoint(),
                ):
                    record.write({name: False})

    # === DELETED === #

    def new_client(self):
        return self.env["res.partner"].create(
            {"name": "Short Stay", "email": "short@example.com"}
        )

    def test_deleted_client_settles_what_waits(self):
        client = self.new_client()
        booking = self.to_invoice(client)
        self.assertEqual(booking.payment_status, "to_invoice")
        client.with_user(self.practitioner).unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(booking.exists())
        self.assertFalse(booking.active)
        self.assertEqual(booking.payment_status, "cancelled")
        self.assertTrue(booking.is_settled)

    def test_deleted_client_for_whom_somebody_else_pays(self):
        client = self.new_client()
        client.invoice_recipient_id = self.other
        booking = self.to_invoice(client)
        booking.action_create_invoice()
        move = booking.invoice_id
        self.send(move)
        client.unlink()
        self.env.flush_all()
        self.assertEqual(move.state, "cancel")
        self.assertEqual(move.payment_message_ids.state, "cancelled")
        self.assertTrue(booking.is_settled)

    def test_deleted_client_whose_payer_was_told(self):
        client = self.new_client()
        client.invoice_recipient_id = self.other
        booking = self.to_invoice(client)
        booking.action_create_invoice()
        move = booking.invoice_id
        move.action_complete_invoice()
        client.unlink()
        self.env.flush_all()
        self.assertEqual(move.state, "posted")
        self.assertEqual(booking.payment_status, "unpaid")
        self.pay(move)
        self.assertTrue(booking.is_settled)

    def test_deleted_payer_leaves_the_bill_to_the_client(self):
        payer = self.new_client()
        self.client.invoice_recipient_id = payer
        booking = self.to_invoice(self.client)
        self.assertEqual(booking.payer_id, payer)
        payer.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(booking.payer_id, self.client)
        booking.action_create_invoice()
        self.assertEqual(booking.invoice_id.partner_id, self.client)

    def test_externally_billed_and_settled_stay_as_they_are(self):
        client = self.new_client()
        booking = self.to_invoice(client, invoicing_method="external")
        client.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(booking.active)
        self.assertEqual(booking.payment_status, "external")

    def test_merged_clients_bring_their_bookings(self):
        twin = self.new_client()
        booking = self.to_invoice(twin)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            [self.client.id, twin.id], self.client
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(booking.client_id, self.client)
        self.assertTrue(booking.active)
        self.assertEqual(booking.payment_status, "to_invoice")
        booking.event_id.write(
            {"start": datetime(2026, 11, 12, 9), "stop": datetime(2026, 11, 12, 10)}
        )
        self.assertEqual(booking.start, datetime(2026, 11, 12, 9))

    def test_clients_of_one_appointment_are_merged_once_one_is_off_it(self):
        twin = self.new_client()
        merging = self.env["base.partner.merge.automatic.wizard"]
        event = self.book(
            service_id=self.service.id,
            partner_ids=[
                Command.set((self.practitioner.partner_id + self.client + twin).ids)
            ],
        )
        event.action_bill_each_guest()
        bookings = self.booking_of(event)
        self.assertEqual(bookings.client_id, self.client + twin)
        with (
            self.assertRaisesRegex(UserError, "the appointment on 11/10/2026. Remove"),
            self.assert_nothing_changes(bookings),
        ):
            merging._merge([self.client.id, twin.id], self.client)
        clerk = self.hire("clerk", "base.group_user", "base.group_partner_manager")
        with self.assertRaises(AccessError) as refused:
            merging.with_user(clerk)._merge([self.client.id, twin.id], self.client)
        for secret in (self.client.name, "2026"):
            self.assertNotIn(secret, str(refused.exception))
        event.partner_ids -= twin
        self.env.flush_all()
        merging._merge([self.client.id, twin.id], self.client)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(twin.exists())
        self.assertEqual(bookings.exists().filtered("active").client_id, self.client)
        self.assertFalse(
            bookings.exists().filtered(lambda one: not one.active).client_id
        )
