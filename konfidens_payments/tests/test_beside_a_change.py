from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import PaymentsCommon


@freeze_time("2026-11-01 08:00:00")
@tagged("post_install", "-at_install")
class TestBesideAChange(PaymentsCommon):
    """What is changed along with an appointment, and what is no part of that change."""

    given_by = "draft"

    def in_a_request(self, records, user):
        """Return the records as in a request of this user's.

        By whom it began decides with whose rights Odoo follows commands to a partner.
        """
        records = records.with_user(user)
        self.patch(self.env.transaction, "default_env", records.env)
        return records

    def on_the_guest(self, name, commands):
        """Return what writes these commands on an appointment's guest along with it."""
        return {"partner_ids": [Command.update(self.client.id, {name: commands})]}

    def test_practitioner_writes_on_no_booking_what_only_follows(self):
        booking = self.given.booking_ids
        event = self.in_a_request(booking.event_id, self.practitioner)
        foreign = self.posted()
        for values in (
            {"payment_status": "paid"},
            {"invoice_id": foreign.id},
            {"active": False},
            {"user_id": self.accountant.id},
            {"was_drafted": False},
            {"event_id": foreign.booking_ids.event_id.id},
        ):
            nested = [Command.update(booking.id, values)]
            commands = self.on_the_guest("active_booking_ids", nested)
            with (
                self.subTest(values),
                self.assert_nothing_changes(booking),
                self.assertRaises(AccessError),
                self.cr.savepoint(),
            ):
                event.write(commands)

    def test_nobody_changes_what_the_payer_was_told(self):
        move = self.given
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        line = [Command.update(move.invoice_line_ids.id, {"price_unit": 5.0})]
        lines = [Command.update(move.id, {"invoice_line_ids": line})]
        event = move.booking_ids.event_id
        self.accountant.group_ids += self.env.ref("base.group_partner_manager")
        commands = self.on_the_guest("invoice_ids", lines)
        for user in (self.accountant, self.env.ref("base.user_root")):
            theirs = self.in_a_request(event, user)
            with (
                self.assert_nothing_changes(move),
                self.assertRaisesRegex(UserError, "has been told"),
                self.cr.savepoint(),
            ):
                theirs.write(commands)

    def test_appointment_that_a_rule_cancels_while_others_are_planned(self):
        booking = self.given.booking_ids
        self.send(booking.invoice_id, send_mode="later", scheduled_date=self.soon())
        other = booking.event_id
        recurrences = type(self.env["calendar.recurrence"])
        apply = recurrences._apply_recurrence

        def automate(recurrence, *args, **kwargs):
            other.with_env(recurrence.env).write({"active": False})
            return apply(recurrence, *args, **kwargs)

        with patch.object(recurrences, "_apply_recurrence", automate):
            first = self.book_weekly(3, service_id=self.service.id)
        self.assertFalse(booking.active)
        self.assertEqual(self.given.state, "cancel")
        self.assertEqual(self.given.payment_message_ids.state, "cancelled")
        planned = self.booking_of(first.recurrence_id.calendar_event_ids)
        self.assertEqual(len(planned), 3)

    def test_guest_whom_a_rule_invites_while_others_are_planned(self):
        other = self.given.booking_ids.event_id
        left = other.partner_ids - self.client
        recurrences = type(self.env["calendar.recurrence"])
        apply = recurrences._apply_recurrence

        def automate(recurrence, *args, **kwargs):
            other.with_env(recurrence.env).partner_ids = left
            return apply(recurrence, *args, **kwargs)

        with patch.object(recurrences, "_apply_recurrence", automate):
            self.book_weekly(2, service_id=self.service.id)
        self.assertEqual(self.given.state, "cancel")

    def soon(self):
        return datetime(2026, 11, 20, 9)

    def test_what_came_along_with_the_call_is_in_the_appointment(self):
        """As Odoo's activities, documents, and other calendars hand it on."""
        partner = self.env["res.partner"].create({"name": "Lead"})
        activity = partner.activity_schedule("mail.mail_activity_data_meeting")
        model = self.env["ir.model"]._get("res.partner")
        context = {
            "default_activity_ids": activity.ids,
            "default_res_model": "res.partner",
            "default_res_id": partner.id,
            "default_privacy": "private",
            "default_location": "Storgata 1",
        }
        values = {
            "name": "Meeting",
            "start": datetime(2026, 11, 10, 9),
            "stop": datetime(2026, 11, 10, 10),
        }
        events = self.env["calendar.event"].with_user(self.practitioner)
        event = events.with_context(**context).create([values])
        self.assertEqual((event.privacy, event.location), ("private", "Storgata 1"))
        self.assertEqual((event.res_model_id, event.res_id), (model, partner.id))
        self.assertEqual(event.activity_ids, activity)
        seen = []

        def note(recurrence, *args, **kwargs):
            seen.append(recurrence.env.context.get("skip_contact_description"))
            return apply(recurrence, *args, **kwargs)

        recurrences = type(self.env["calendar.recurrence"])
        apply = recurrences._apply_recurrence
        with patch.object(recurrences, "_apply_recurrence", note):
            events.with_context(skip_contact_description=True).create(
                [
                    {
                        **values,
                        "recurrency": True,
                        "rrule_type": "weekly",
                        "tue": True,
                        "end_type": "count",
                        "count": 2,
                    }
                ]
            )
        self.assertEqual(seen, [True])


@freeze_time("2026-11-01 08:00:00")
@tagged("post_install", "-at_install")
class TestJointInvoiceHandedOver(PaymentsCommon):
    """An invoice bills one practitioner's appointments, whoever takes one over."""

    def setUp(self):
        super().setUp()
        self.colleague = self.hire(
            "colleague", "base.group_user", "konfidens_payments.group_payments_user"
        )
        self.move, other = self.draft(), self.draft()
        other.button_cancel()
        self.kept, self.going = self.move.booking_ids, other.booking_ids
        self.move.invoice_line_ids = [
            Command.create(
                {
                    "name": "The brother",
                    "price_unit": 1250.0,
                    "booking_id": self.going.id,
                    "tax_ids": False,
                }
            )
        ]
        self.assertEqual(self.going.invoice_id, self.move)

    def hand_over(self, bookings):
        bookings.event_id.with_user(self.practitioner).user_id = self.colleague

    def test_one_leaves_the_draft(self):
        self.hand_over(self.going)
        self.assertEqual(self.move.booking_ids, self.kept)
        self.assertEqual(self.move.amount_total, 1250.0)
        self.assertEqual(self.going.user_id, self.colleague)
        self.assertEqual(self.going.payment_status, "to_invoice")
        self.move.with_user(self.practitioner).action_complete_invoice()

    def test_all_stay_together(self):
        self.hand_over(self.kept | self.going)
        self.assertEqual(self.move.booking_ids, self.kept | self.going)
        self.assertEqual(self.move.booking_ids.user_id, self.colleague)

    def test_told_one_stays_where_it_is(self):
        self.send(self.move)
        with self.mock_mail_gateway():
            self.send_due()
        self.hand_over(self.going)
        self.assertEqual(self.move.booking_ids.user_id, self.practitioner)
        self.assertEqual(self.move.amount_total, 2500.0)

    def test_nobody_hands_one_over_by_itself(self):
        with self.assertRaisesRegex(UserError, "one practitioner"):
            self.going.sudo().write({"user_id": self.colleague.id})
