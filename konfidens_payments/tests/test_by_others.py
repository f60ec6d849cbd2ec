from datetime import datetime

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .by_others_common import ByOthersCommon


@freeze_time("2026-11-01 08:00:00")
@tagged("post_install", "-at_install")
class TestByOthers(ByOthersCommon):
    """What others do to an appointment, who may not bill it, and who hands it over."""

    given_by = "automatic"

    def test_moves_it(self):
        event = self.given
        booking = self.booking_of(event)
        before, move = self.billed(booking), booking.invoice_id
        self.by_clerk(event).write(
            {"start": datetime(2026, 11, 12, 9), "stop": datetime(2026, 11, 12, 10)}
        )
        self.assertEqual(booking.start, datetime(2026, 11, 12, 9))
        self.assertEqual(booking.stop, datetime(2026, 11, 12, 10))
        self.assertEqual((self.billed(booking), booking.invoice_id), (before, move))
        self.assertIn("November 12, 2026", move.invoice_line_ids.name)
        self.assertEqual(
            move.payment_message_ids.scheduled_date, datetime(2026, 11, 12, 10, 15)
        )
        self.assertEqual(move.amount_total, 900.0)

    def test_cancels_and_restores_it(self):
        event = self.given
        booking = self.booking_of(event)
        before, move = self.billed(booking), booking.invoice_id
        self.by_clerk(event).active = False
        self.assertEqual(booking.payment_status, "cancelled")
        self.assertEqual(move.state, "cancel")
        self.assertEqual(move.payment_message_ids.state, "cancelled")
        self.assertFalse(self.notes())
        self.by_clerk(event).active = True
        self.assert_waits(booking, price=900.0)
        self.assertEqual(self.billed(booking), before)

    def test_adds_and_removes_a_guest_of_a_group(self):
        event = self.gather(self.strangers[:2])
        known = self.booking_of(event)
        with self.assert_nothing_changes(*known, *known.invoice_id):
            self.join(self.by_clerk(event), self.ola, self.clerk)
        booking = self.active_of(event) - known
        self.assert_waits(
            booking, client_id=self.ola, service_id=self.group_service, price=400.0
        )
        kari, berit = known
        with self.assert_nothing_changes(berit, berit.invoice_id):
            self.leave(self.by_clerk(event), self.client, self.clerk)
        self.assertFalse(kari.active)
        self.assertEqual(kari.move_line_ids.move_id.state, "cancel")

    def test_swaps_the_guest(self):
        event = self.given
        booking = self.booking_of(event)
        move = booking.invoice_id
        guests = self.practitioner.partner_id + self.berit
        self.by_clerk(event).partner_ids = guests
        self.assertEqual((booking.client_id, booking.active), (self.client, False))
        self.assertEqual((move.state, move.partner_id), ("cancel", self.client))
        for other in self.active_of(event):
            self.assertNotEqual(other.price, 900.0, "nobody inherits the bill")
            self.assert_waits(other, client_id=self.berit, payer_id=self.berit)

    def test_writes_attendees_directly(self):
        event = self.gather(self.strangers[:2])
        attendees = self.by_clerk(self.env["calendar.attendee"])
        attendees.create({"event_id": event.id, "partner_id": self.ola.id})
        self.assert_waits(self.active_of(event)[-1], client_id=self.ola)
        attendees.search(
            [("event_id", "=", event.id), ("partner_id", "=", self.berit.id)]
        ).unlink()
        self.assertEqual(self.active_of(event).client_id, self.client + self.ola)

    def test_copies_it(self):
        event = self.given
        booking = self.booking_of(event)
        with self.assert_nothing_changes(booking, booking.invoice_id):
            copy = self.by_clerk(event).copy()
        self.assert_waits(
            self.booking_of(copy), client_id=self.client, service_id=self.service
        )

    # === TAKEN OVER BY SOMEBODY ELSE === #

    def assert_newly_planned(self, booking, user, client=None):
        """Check that a booking shows nothing of a colleague's."""
        client = client or self.client
        self.assertRecordValues(
            booking.sudo(),
            [
                {
                    "user_id": user.id,
                    "client_id": client.id,
                    "payer_id": client.id,
                    "service_id": False,
                    "price": 0.0,
                    "invoicing_method": False,
                    "payment_status": False,
                    "invoice_id": False,
                }
            ]
            * len(booking),
        )

    def with_typed_payer(self, event):
        self.booking_of(event).payer_id = self.ola
        return event

    def test_copy_into_the_own_calendar(self):
        event = self.with_typed_payer(self.automatic())
        for user in (self.colleague, self.clerk):
            for default in ({"user_id": user.id}, {"user_id": user.id, "name": "Talk"}):
                copy = event.with_user(user).copy(default)
                self.assert_newly_planned(self.booking_of(copy), user)

    def test_copy_by_who_may_read_it(self):
        event = self.with_typed_payer(self.automatic())
        for user in (self.practitioner, self.secretary):
            copy = event.with_user(user).copy({"user_id": self.colleague.id})
            self.assertRecordValues(
                self.booking_of(copy),
                [
                    {
                        "user_id": self.colleague.id,
                        "payer_id": self.ola.id,
                        "service_id": self.service.id,
                        "price": 900.0,
                    }
                ],
            )

    def test_series_taken_over_and_made_longer(self):
        event = self.book_weekly(2, service_id=self.service.id, price=900.0)
        known = self.booking_of(event.recurrence_id.calendar_event_ids)
        self.env.flush_all()
        event.with_user(self.colleague).write(
            {
                "user_id": self.colleague.id,
                "recurrence_update": "all_events",
                "count": 4,
            }
        )
        series = known.event_id.recurrence_id.calendar_event_ids.filtered("active")
        self.assertEqual(len(series), 4)
        new = self.active_of(series) - known
        self.assertEqual(len(new), 2)
        self.assert_newly_planned(new, self.colleague)
        self.assertEqual(known.user_id, self.practitioner)

    def test_bill_each_guest_of_an_appointment_taken_over(self):
        event = self.given
        known = self.booking_of(event)
        event.with_user(self.colleague).user_id = self.colleague
        self.join(event, self.berit, self.colleague)
        event.with_user(self.colleague).action_bill_each_guest()
        new = self.active_of(event) - known
        self.assert_newly_planned(new, self.colleague, self.berit)

    def test_guest_of_a_group_taken_over(self):
        event = self.gather(self.strangers[:2])
        known = self.booking_of(event)
        event.with_user(self.colleague).user_id = self.colleague
        self.join(event, self.ola, self.colleague)
        new = self.active_of(event) - known
        self.assert_newly_planned(new, self.colleague, self.ola)

    def test_makes_a_series_longer(self):
        event = self.book_weekly(2, service_id=self.service.id)
        known = self.booking_of(event.recurrence_id.calendar_event_ids)
        self.assertEqual(known.mapped("payment_status"), ["scheduled"] * 2)
        moves = known.invoice_id
        self.by_clerk(event).write({"recurrence_update": "all_events", "count": 3})
        events = event.exists().recurrence_id or known.event_id.recurrence_id
        bookings = self.active_of(events.calendar_event_ids.filtered("active"))
        self.assertEqual(len(bookings), 3)
        self.assertLessEqual(known, bookings)
        self.assertEqual(set(moves.mapped("state")), {"draft"})
        self.assert_waits(bookings - known, service_id=self.service)

    def test_becomes_the_organiser(self):
        event = self.given
        booking = self.booking_of(event)
        for user in (self.clerk, self.colleague):
            with self.assert_nothing_changes(booking, booking.invoice_id):
                event.with_user(user).user_id = user
            self.assertEqual(event.user_id, user)
            self.assertIn(
                f"{user.name} is the organiser of this appointment now", self.notes()
            )
            with self.assertRaises(AccessError):
                booking.with_user(user).read(["price"])
        # the practitioner's right does not hang on it
        booking.with_user(self.practitioner).price = 800.0
        self.assertEqual(booking.invoice_id.amount_total, 800.0)

    def test_plans_one_in_the_practitioners_calendar(self):
        values = {
            "name": "Talk",
            "start": datetime(2026, 11, 10, 9),
            "stop": datetime(2026, 11, 10, 10),
            "user_id": self.practitioner.id,
            "partner_ids": [Command.set(self.client.ids)],
        }
        events = self.by_clerk(self.env["calendar.event"])
        booking = self.booking_of(
            events.with_context(
                default_service_id=self.service.id,
                default_price=1.0,
                default_invoicing_method="external",
            ).create(values)
        )
        self.assertEqual(booking.client_id, self.client)
        self.assertFalse(booking.service_id or booking.price or booking.invoice_id)
        self.assertFalse(booking.payment_status)
        for name, value in (
            ("service_id", self.service.id),
            ("price", 1.0),
            ("client_id", self.berit.id),
            ("invoicing_method", "external"),
            ("booking_ids", [Command.update(booking.id, {"price": 1.0})]),
        ):
            with (
                self.subTest(name=name),
                self.assertRaises(AccessError),
                self.cr.savepoint(),
            ):
                events.create({**values, name: value})

    def test_obeys_no_key_of_ours_in_the_context(self):
        event = self.given
        quiet = self.by_clerk(event).with_context(konfidens_payments_quiet=True)
        quiet.write({"active": False})
        self.assertEqual(self.booking_of(event).payment_status, "cancelled")

    # === HANDING OVER === #

    def test_practitioner_takes_the_booking_along(self):
        for user in (self.practitioner, self.secretary):
            with self.subTest(user=user.login):
                event = self.automatic()
                booking = self.booking_of(event)
                event.with_user(user).user_id = self.colleague
                self.assertEqual(booking.user_id, self.colleague)
                self.assertEqual(booking.invoice_id.invoice_user_id, self.colleague)
                self.assertEqual(booking.price, 900.0)
                self.assertEqual(booking.payment_status, "scheduled")
                self.env.flush_all()
                self.env.invalidate_all()
                booking.with_user(self.colleague).price = 800.0
                with self.assertRaises(AccessError):
                    booking.with_user(self.practitioner).read(["price"])
                with self.assertRaises(AccessError):
                    booking.invoice_id.with_user(self.practitioner).read(["state"])

    def test_to_a_practitioner_of_another_company(self):
        company = self.env["res.company"].create({"name": "Other practice"})
        other = self.hire(
            "other",
            "base.group_user",
            "konfidens_payments.group_payments_user",
            company=company,
        )
        billed = self.automatic()
        booking = self.booking_of(billed)
        with (
            self.assert_nothing_changes(booking, booking.invoice_id),
            self.assertRaisesRegex(ValidationError, "does not work in"),
            self.cr.savepoint(),
        ):
            billed.with_user(self.practitioner).user_id = other
        unbilled = self.book(service_id=self.service.id, invoicing_method="manual")
        unbilled.with_user(self.practitioner).user_id = other
        booking = self.booking_of(unbilled)
        self.assertEqual((booking.user_id, booking.company_id), (other, company))

    def test_nobody_hangs_a_booking_on_anothers_appointment(self):
        foreign = self.book(
            user_id=self.colleague.id, partner_ids=[Command.set(self.client.ids)]
        )
        own = self.booking_of(self.book(service_id=self.service.id))
        bookings = self.env[own._name].with_user(self.practitioner)
        for work in (
            lambda: bookings.create(
                {"event_id": foreign.id, "client_id": self.berit.id}
            ),
            lambda: bookings.create(
                {
                    "event_id": foreign.id,
                    "client_id": self.berit.id,
                    "user_id": self.practitioner.id,
                }
            ),
            lambda: bookings.browse(own.id).write({"event_id": foreign.id}),
            lambda: bookings.browse(own.id).write({"user_id": self.colleague.id}),
            lambda: bookings.with_context(default_user_id=self.practitioner.id).create(
                {"event_id": foreign.id, "client_id": self.berit.id}
            ),
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                work()
