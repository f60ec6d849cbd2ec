from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .group_common import GroupCommon


@freeze_time("2026-11-01 08:00:00")
@tagged("post_install", "-at_install")
class TestGroup(GroupCommon):
    """Who is billed of several guests from outside, as they come and go."""

    given_by = "gather"

    # === WHO IS BILLED === #

    def test_group_bills_each_guest(self):
        event = self.given
        bookings = self.booking_of(event)
        self.assertEqual(bookings.client_id, self.strangers)
        self.assertEqual(len(bookings), 3)
        for booking in bookings:
            self.assertRecordValues(
                booking,
                [
                    {
                        "payer_id": booking.client_id.id,
                        "service_id": self.group_service.id,
                        "price": 400.0,
                        "user_id": self.practitioner.id,
                        "payment_status": "to_invoice",
                    }
                ],
            )
        self.assertFalse(event.unbilled_note)
        self.as_practitioner(event).action_create_invoice()
        moves = bookings.invoice_id
        self.assertEqual(moves.partner_id, self.strangers)
        self.assertEqual(len(moves), 3)

    def test_otherwise_the_first_is_billed_and_the_others_are_mentioned(self):
        for guests, note in (
            (self.strangers, "2 more guests are not billed."),
            (self.strangers[:2], "1 more guest is not billed."),
            (self.client, False),
        ):
            with self.subTest(guests=len(guests)):
                event = self.gather(guests, service_id=self.service.id)
                self.assertEqual(self.booking_of(event).client_id, self.client)
                self.assertEqual(self.as_practitioner(event).unbilled_note, note)

    def test_bill_each_guest(self):
        event = self.gather(service_id=self.service.id, invoicing_method="automatic")
        first = self.booking_of(event)
        move = first.invoice_id
        with self.assert_nothing_changes(first, move):
            self.as_practitioner(event).action_bill_each_guest()
        bookings = self.booking_of(event)
        self.assertEqual(bookings.client_id, self.strangers)
        self.assertEqual(bookings.mapped("price"), [1250.0] * 3)
        self.assertEqual(set(bookings.mapped("invoicing_method")), {"automatic"})
        self.assertEqual(set(bookings.mapped("payment_status")), {"scheduled"})
        self.assertFalse(event.unbilled_note)
        event.action_bill_each_guest()  # nobody is left
        self.assertEqual(self.booking_of(event), bookings)

    def test_bill_each_guest_by_who_may_not(self):
        event = self.gather(service_id=self.service.id)
        for groups in ("konfidens_payments.group_payments_user", "base.group_user"):
            user = new_test_user(self.env, groups[-9:], groups=groups)
            with self.assertRaises(AccessError), self.cr.savepoint():
                event.with_user(user).action_bill_each_guest()
        self.assertEqual(self.booking_of(event).client_id, self.client)

    def test_group_chosen_later_bills_each_guest(self):
        event = self.gather(service_id=False)
        self.assertEqual(len(self.booking_of(event)), 1)
        self.as_practitioner(event).service_id = self.group_service
        self.assertEqual(self.active_of(event).client_id, self.strangers)
        self.assertEqual(self.active_of(event).mapped("price"), [400.0] * 3)

    def test_copy_bills_each_guest(self):
        event = self.given
        copy = event.with_user(self.practitioner).copy()
        bookings = self.booking_of(copy)
        self.assertEqual(bookings.client_id, self.strangers)
        self.assertEqual(bookings.payer_id, self.strangers)

    def test_series_bills_each_guest_of_each_occurrence(self):
        event = self.gather(
            recurrency=True, rrule_type="weekly", tue=True, end_type="count", count=2
        )
        series = event.recurrence_id
        self.assertEqual(len(series.calendar_event_ids), 2)
        for occurrence in series.calendar_event_ids:
            self.assertEqual(self.active_of(occurrence).client_id, self.strangers)
        event.with_user(self.practitioner).write(
            {"recurrence_update": "all_events", "count": 4}
        )
        # where calendar makes the series anew, its first appointment stays
        occurrences = event.exists().recurrence_id.calendar_event_ids.filtered("active")
        self.assertEqual(len(occurrences), 4)
        for occurrence in occurrences:
            self.assertEqual(self.active_of(occurrence).client_id, self.strangers)

    # === THE APPOINTMENT AS A WHOLE === #

    def test_proxies_are_empty_and_not_written(self):
        event = self.as_practitioner(self.given)
        written = {
            "client_id": self.client.id,
            "payer_id": self.client.id,
            "service_id": self.service.id,
            "price": 1.0,
            "invoicing_method": "external",
            "externally_billed": True,
            "external_reference": "EPJ-1",
        }
        bookings = self.booking_of(event)
        self.assertEqual(event.booking_count, 3)
        for name, value in written.items():
            self.assertFalse(event[name], name)
            with (
                self.subTest(name=name),
                self.assert_nothing_changes(*bookings),
                self.assertRaisesRegex(
                    UserError, "billed to several.*list of bookings"
                ),
                self.cr.savepoint(),
            ):
                event.write({name: value})
        self.assertFalse(event.invoice_id)

    def test_status_is_the_least_finished(self):
        event = self.as_practitioner(self.given)
        event.action_create_invoice()
        first, second, third = self.booking_of(event)
        first.invoice_id.action_complete_invoice()
        self.assertEqual(event.payment_status, "draft")
        self.send(second.invoice_id)
        third.action_bill_externally()
        self.assertEqual(event.payment_status, "scheduled")
        self.pay(first.invoice_id)
        second.action_bill_externally()
        self.assertEqual(event.payment_status, "paid")
        second.action_create_invoice()
        self.send(second.invoice_id)
        second.invoice_id.payment_message_ids.sudo()[0]._fail("No such mailbox.")
        self.assertEqual(event.payment_status, "attention")

    def test_cancelled_restored_and_moved_as_a_whole(self):
        event = self.gather(invoicing_method="automatic")
        bookings = self.booking_of(event)
        event = self.as_practitioner(event)
        event.write(
            {"start": datetime(2026, 11, 12, 9), "stop": datetime(2026, 11, 12, 10)}
        )
        for move in bookings.invoice_id:
            self.assertIn("November 12, 2026", move.invoice_line_ids.name)
        moves = bookings.invoice_id
        event.active = False
        self.assertEqual(set(moves.mapped("state")), {"cancel"})
        self.assertEqual(set(bookings.mapped("payment_status")), {"cancelled"})
        self.assertEqual(event.payment_status, "cancelled")
        event.active = True
        self.assertEqual(self.booking_of(event), bookings)
        self.assertEqual(set(bookings.mapped("payment_status")), {"scheduled"})

    # === GUESTS WHO JOIN === #

    def test_who_joins_a_group_is_billed_as_the_others_are(self):
        self.company.payments_invoicing_method = "automatic"
        event = self.gather(self.strangers[:2])
        self.join(event, self.ola)
        booking = self.active_of(event)[-1]
        self.assertEqual(booking.client_id, self.ola)
        self.assertEqual(booking.payment_status, "scheduled")
        self.assertEqual(booking.invoice_id.partner_id, self.ola)
        self.assertEqual(booking.price, 400.0)

    def test_who_joins_after_the_others_were_told(self):
        self.company.payments_invoicing_method = "automatic"
        event = self.gather(self.strangers[:2])
        moves = self.told(event) if event.sudo().booking_ids.invoice_id else None
        self.assertEqual(set(moves.mapped("payment_message_state")), {"sent"})
        with self.assert_nothing_changes(*moves):
            self.join(event, self.ola)
        self.assertEqual(self.active_of(event)[-1].payment_status, "scheduled")

    def test_who_joins_an_appointment_of_one_is_not_billed(self):
        self.company.payments_invoicing_method = "automatic"
        event = self.gather(self.client, service_id=self.service.id)
        booking = self.booking_of(event)
        with self.assert_nothing_changes(booking, booking.invoice_id):
            self.join(event, self.berit)
        self.assertEqual(self.booking_of(event), booking)
        self.assertEqual(event.unbilled_note, "1 more guest is not billed.")

    # === GUESTS WHO LEAVE === #

    def test_who_leaves_before_being_told_takes_the_draft_along(self):
        event = self.gather(invoicing_method="automatic")
        kari, berit, ola = self.booking_of(event)
        move = berit.invoice_id
        with self.assert_nothing_changes(kari, ola, kari.invoice_id, ola.invoice_id):
            self.leave(event, self.berit)
        self.assertEqual(move.state, "cancel")
        self.assertEqual(move.payment_message_ids.state, "cancelled")
        self.assertEqual(self.active_of(event), kari + ola)
        self.assertEqual((berit.active, berit.payment_status), (False, "cancelled"))
        # and comes back
        self.join(event, self.berit)
        self.assertEqual(self.active_of(event), kari + berit + ola)
        self.assertEqual(berit.payment_status, "scheduled")
        self.assertNotEqual(berit.invoice_id, move)

    def test_who_leaves_unbilled_leaves_nothing(self):
        event = self.given
        self.leave(event, self.berit)
        self.assertEqual(self.booking_of(event).client_id, self.client + self.ola)

    def test_who_leaves_after_being_told_is_said_on_the_invoice(self):
        for completed in (False, True):
            with self.subTest(completed=completed):
                event = self.gather(invoicing_method="automatic")
                booking = self.booking_of(event)[1]
                self.told(event)
                move = booking.invoice_id
                if completed:
                    self.complete_delivered()
                state = "posted" if completed else "draft"
                self.leave(event, self.berit)
                self.assertEqual((booking.invoice_id, move.state), (move, state))
                self.assertTrue(booking.active)
                [note] = move.message_ids.filtered(
                    lambda note: "no guest of this appointment any more" in note.body
                )
                self.assertIn("credit", note.body)
                # the booking is still there, and is not made a second time
                self.join(event, self.berit)
                self.assertEqual(booking.invoice_id, move)
                self.assertEqual(len(self.booking_of(event)), 3)

    def test_nobody_inherits_the_bill(self):
        for drafted in (False, True):
            with self.subTest(drafted=drafted):
                event = self.gather(
                    self.strangers[:2], service_id=self.service.id, price=900.0
                )
                if drafted:
                    event.action_create_invoice()
                move = event.invoice_id
                self.leave(event, self.client)
                self.assertFalse(self.active_of(event))
                self.assertFalse(event.invoice_id or event.client_id)
                if drafted:
                    self.assertEqual(move.state, "cancel")
                    self.assertEqual(move.partner_id, self.client)

    def test_the_next_is_only_proposed(self):
        event = self.gather(self.strangers[:2], service_id=self.service.id)
        self.leave(event, self.client)
        event = self.as_practitioner(event)
        self.assertEqual(event.unbilled_note, "1 more guest is not billed.")
        event.action_bill_each_guest()
        self.assertEqual(self.active_of(event).client_id, self.berit)

    def test_the_wrong_guest_is_swapped_for_the_right_one(self):
        event = self.gather(
            self.client, service_id=self.service.id, invoicing_method="automatic"
        )
        booking = self.booking_of(event)
        move = booking.invoice_id
        links = move.pay_token, move.access_token
        event.with_user(self.practitioner).partner_ids = (
            self.practitioner.partner_id + self.berit
        )
        self.assertEqual(self.booking_of(event), booking)
        self.assertEqual(booking.client_id, self.berit)
        self.assertEqual(booking.payer_id, self.berit)
        self.assertEqual((booking.invoice_id, move.partner_id), (move, self.berit))
        self.assertNotEqual((move.pay_token, move.access_token), links)

    def test_swapped_after_being_told(self):
        event = self.gather(
            self.client, service_id=self.service.id, invoicing_method="automatic"
        )
        move = self.told(event)
        event.with_user(self.practitioner).partner_ids = (
            self.practitioner.partner_id + self.berit
        )
        self.assertEqual((move.state, move.partner_id), ("draft", self.client))
        for booking in self.active_of(event) - move.booking_ids:
            self.assertNotEqual(booking.invoice_id, move)

    def test_who_takes_a_place_in_a_group_inherits_nothing(self):
        event = self.gather(self.strangers[:2])
        kari, _berit = self.booking_of(event)
        kari.price = 100.0  # a favour to Kari
        event.action_create_invoice()
        moves = self.booking_of(event).invoice_id
        event.with_user(self.practitioner).write(
            {"partner_ids": [Command.unlink(self.client.id), Command.link(self.ola.id)]}
        )
        self.assertEqual(self.active_of(event).client_id, self.berit + self.ola)
        ola = self.active_of(event).filtered(lambda one: one.client_id == self.ola)
        self.assertEqual(ola.price, 400.0)
        self.assertNotIn(ola.invoice_id, moves)
        self.assertEqual(moves[0].state, "cancel")
