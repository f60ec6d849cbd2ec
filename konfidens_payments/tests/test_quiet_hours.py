from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import BaseCase, freeze_time, tagged

from odoo.addons.konfidens_payments.models.practice import public_holidays
from odoo.addons.konfidens_payments.models.practice.quiet_hours import Hours

from .run_common import RunCommon
from .sms_common import SmsCommon

WEEK = ((8, 21),) * 5 + ((9, 15), (0, 0))


def at(text):
    return datetime.fromisoformat(text)


@tagged("post_install", "-at_install")
class TestHours(BaseCase):
    """When messages of a practice in Oslo may go. The moments are UTC."""

    def assert_next(self, expected, moment, holidays=(), windows=WEEK):
        hours = Hours("Europe/Oslo", windows, list(holidays))
        self.assertEqual(hours.get_next(at(moment)), at(expected))

    def test_within_the_hours_it_goes_at_once(self):
        for moment in ("2026-11-20 07:00", "2026-11-20 19:59", "2026-11-21 13:59:59"):
            self.assert_next(moment, moment)

    def test_in_the_evening_it_waits_for_the_morning(self):
        self.assert_next("2026-11-20 07:00", "2026-11-19 20:00")
        self.assert_next("2026-11-20 07:00", "2026-11-20 03:10")

    def test_saturdays_and_sundays(self):
        self.assert_next("2026-11-21 08:00", "2026-11-20 20:30")
        self.assert_next("2026-11-23 07:00", "2026-11-21 14:00")
        self.assert_next("2026-11-23 07:00", "2026-11-22 12:00")

    def test_on_the_nights_of_the_clock_change(self):
        # eight o'clock in Oslo is 6:00 UTC in summer, 7:00 in winter
        self.assert_next("2027-03-29 06:00", "2027-03-27 20:00")
        self.assert_next("2027-11-01 07:00", "2027-10-30 20:00")
        always = ((8, 21),) * 7
        self.assert_next("2027-03-28 06:00", "2027-03-27 20:00", windows=always)
        self.assert_next("2027-10-31 07:00", "2027-10-30 20:00", windows=always)

    def test_public_holidays_also_from_noon_on(self):
        christmas = [
            (at("2026-12-24 11:00"), at("2026-12-24 22:59:59")),
            (at("2026-12-24 23:00"), at("2026-12-25 22:59:59")),
            (at("2026-12-25 23:00"), at("2026-12-26 22:59:59")),
        ]
        self.assert_next("2026-12-24 10:59", "2026-12-24 10:59", christmas)
        self.assert_next("2026-12-28 07:00", "2026-12-24 11:00", christmas)

    def test_until_midnight(self):
        always = ((0, 24),) * 7
        self.assert_next("2026-11-22 23:30", "2026-11-22 23:30", windows=always)

    def test_what_is_spread_is_spread_over_the_hours(self):
        hours = Hours("Europe/Oslo", WEEK, [])
        friday = at("2026-11-20 19:00")  # an hour before the evening
        for minutes, expected in (
            (0, "2026-11-20 19:00"),
            (59, "2026-11-20 19:59"),
            (60, "2026-11-21 08:00"),
            (60 + 6 * 60, "2026-11-23 07:00"),
            (60 + 6 * 60 + 13 * 60, "2026-11-24 07:00"),
        ):
            self.assertEqual(
                hours.shift(friday, timedelta(minutes=minutes)), at(expected)
            )


FRIDAY_EVENING = "2026-11-20 20:30:00"  # half past nine in Oslo
SATURDAY = at("2026-11-21 08:00")
MONDAY = at("2026-11-23 07:00")


@freeze_time(FRIDAY_EVENING)
@tagged("post_install", "-at_install")
class TestQuietHours(SmsCommon):
    """What goes by itself waits for the hours at which the practice sends messages."""

    given_by = "draft"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Europe/Oslo"
        cls.company.payments_quiet_channels = "sms"
        cls.practitioner.tz = "Europe/Oslo"

    def later(self, move, **values):
        """Schedule a message for in an hour, which is in the quiet hours."""
        return self.send(
            move,
            send_mode="later",
            scheduled_date=self.now() + timedelta(hours=1),
            **values,
        )

    def dialog(self, move, **values):
        action = move.action_send_payment_message()
        return (
            self.env["konfidens.payment.message.wizard"]
            .with_context(**action["context"])
            .create(values)
        )

    def holiday(self, day, **values):
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "company_id": self.company.id,
                "calendar_id": self.company.resource_calendar_id.id,
                "date_from": day,
                "date_to": day + timedelta(days=1, seconds=-1),
                **values,
            }
        )

    def test_what_is_scheduled_waits_and_says_so(self):
        message = self.later(self.draft())
        self.assertEqual(message.scheduled_date, SATURDAY)
        story = message.with_user(self.practitioner).story
        self.assertIn("tomorrow 9:00", story.replace("09:00", "9:00"))
        self.assertIn("quiet hours", story)
        self.send_all()
        self.assertEqual(message.state, "scheduled")
        with freeze_time(SATURDAY):
            self.send_all()
        self.assertEqual(message.state, "sent")

    def test_by_the_timing_also_where_the_appointment_moves(self):
        booking = self.book(
            service_id=self.service.id,
            invoicing_method="automatic",
            start=at("2026-11-20 19:00"),
            stop=at("2026-11-20 20:40"),
        )
        message = self.booking_of(booking).invoice_id.payment_message_ids
        self.assertEqual(message.scheduled_date, SATURDAY)
        booking.write({"start": at("2026-11-22 10:00"), "stop": at("2026-11-22 11:00")})
        self.assertEqual(message.scheduled_date, MONDAY)
        log = message.move_ids.message_ids
        booking.write({"name": "Another title"})
        self.assertEqual(message.move_ids.message_ids, log)
        booking.write({"start": at("2026-11-24 10:00"), "stop": at("2026-11-24 11:00")})
        self.assertEqual(message.scheduled_date, at("2026-11-24 11:15"))
        self.assertFalse(message.wanted_date)

    def test_send_now_asks_once(self):
        move = self.given
        dialog = self.dialog(move)
        self.assertEqual(dialog.quiet_until, SATURDAY)
        self.assertIn("quiet hours", dialog.quiet_note)
        dialog.action_send_anyway()
        self.send_all()
        self.assertEqual(move.payment_message_ids.state, "sent")

    def test_who_waits_sends_it_in_the_morning(self):
        move = self.given
        self.dialog(move).action_confirm()
        self.assertEqual(move.payment_message_ids.scheduled_date, SATURDAY)
        self.send_all()
        self.assertEqual(move.payment_message_ids.state, "scheduled")

    def test_send_now_of_what_is_scheduled_asks_too(self):
        message = self.later(self.draft())
        action = message.action_send_now()
        self.assertEqual(action["res_model"], "konfidens.payment.message.wizard")
        self.assertEqual(
            (message.state, message.scheduled_date), ("scheduled", SATURDAY)
        )
        self.env[action["res_model"]].with_context(**action["context"]).create(
            {}
        ).action_send_anyway()
        self.send_all()
        self.assertEqual(message.state, "cancelled")
        self.assertEqual(message.move_ids.payment_message_state, "sent")

    def test_by_day_send_now_asks_nobody(self):
        with freeze_time("2026-11-20 12:00:00"):
            message = self.send(
                self.draft(), send_mode="later", scheduled_date=at("2026-11-20 15:00")
            )
            self.assertFalse(message.action_send_now())
            self.send_all()
        self.assertEqual(message.state, "sent")

    def test_the_dialog_tells_when_it_goes(self):
        dialog = self.dialog(self.draft(), send_mode="later")
        dialog.scheduled_date = at("2026-11-22 12:00")
        self.assertEqual(dialog.quiet_until, MONDAY)
        dialog.channel = "email"
        self.assertFalse(dialog.quiet_until)

    def test_what_is_due_while_the_server_stood_still(self):
        with freeze_time("2026-11-20 12:00:00"):
            message = self.send(
                self.draft(), send_mode="later", scheduled_date=at("2026-11-20 15:00")
            )
        self.send_all()
        self.assertEqual(
            (message.state, message.scheduled_date), ("scheduled", SATURDAY)
        )

    def test_what_was_handed_over_and_could_not_leave(self):
        move = self.given
        with freeze_time("2026-11-20 19:55:00"):
            message = self.send(move)
            self.send_all(sim_error="jsonrpc_exception")
        self.assertEqual(message.status, "retrying")
        limit = message.give_up_date
        self.send_all()
        self.assertEqual(message.status, "retrying")
        self.assertEqual(message.next_try_date, SATURDAY)
        self.assertIn("no messages at this hour", message.story)
        self.assertEqual(message.give_up_date, limit + (SATURDAY - self.now()))
        with freeze_time(SATURDAY):
            self.send_all()
        self.assertEqual(message.status, "sent")

    def test_who_reminds_at_night_reads_when_it_goes(self):
        with freeze_time("2026-10-20 12:00:00"):
            move = self.draft()
            move.action_complete_invoice()
        self.client.email = False
        notice = move.with_user(self.practitioner).action_remind_now()["params"]
        self.assertIn("quiet hours", notice["message"])
        reminder = move.payment_message_ids
        self.assertEqual(
            (reminder.kind, reminder.scheduled_date), ("reminder", SATURDAY)
        )
        self.send_all()
        self.assertEqual(reminder.state, "scheduled")

    def test_which_channels_wait(self):
        for channels, channel, waits in (
            ("sms", "email", False),
            ("sms", "sms", True),
            ("sms", "both", True),
            ("all", "email", True),
            ("none", "sms", False),
        ):
            with self.subTest(channels=channels, channel=channel):
                self.company.payments_quiet_channels = channels
                message = self.later(self.draft(), channel=channel)
                self.assertEqual(message.scheduled_date == SATURDAY, waits)

    def test_the_other_channel_waits_for_the_morning(self):
        self.company.payments_failover = True
        move = self.draft()
        message = self.send(move, channel="email")
        message.sudo()._fail("It came back")
        other = move.payment_message_ids - message
        self.assertEqual((other.channel, other.scheduled_date), ("sms", SATURDAY))

    def test_public_holidays_and_not_the_summer_holidays(self):
        self.holiday(at("2026-11-20 23:00"))  # Saturday
        self.assertEqual(self.later(self.draft()).scheduled_date, MONDAY)
        closed = {"date_to": at("2026-12-20 23:00")}
        self.holiday(at("2026-11-22 23:00"), **closed)
        self.assertEqual(self.later(self.draft()).scheduled_date, MONDAY)
        self.holiday(at("2026-11-22 23:00"))
        tuesday = MONDAY + timedelta(days=1)
        self.assertEqual(self.later(self.draft()).scheduled_date, tuesday)

    def test_time_off_of_one_person_or_another_company_is_none(self):
        resource = (
            self.env["resource.resource"]
            .sudo()
            .create({"name": "Room", "company_id": self.company.id})
        )
        self.holiday(at("2026-11-20 23:00"), resource_id=resource.id)
        other = self.env["res.company"].create({"name": "Other"})
        self.holiday(
            at("2026-11-20 23:00"), company_id=other.id, calendar_id=False
        ).company_id = other
        self.assertEqual(self.later(self.draft()).scheduled_date, SATURDAY)

    def test_what_waits_follows_new_hours(self):
        message = self.later(self.draft())
        self.company.payments_quiet_saturday_from = 10
        self.assertEqual(message.scheduled_date, SATURDAY + timedelta(hours=1))
        self.company.payments_quiet_channels = "none"
        self.assertEqual(message.scheduled_date, self.now() + timedelta(hours=1))
        self.company.payments_quiet_channels = "all"
        self.assertEqual(message.scheduled_date, SATURDAY + timedelta(hours=1))

    def test_hours_that_cannot_be(self):
        for values in (
            {"payments_quiet_week_from": -1},
            {"payments_quiet_week_to": 25},
            {"payments_quiet_saturday_from": 16},
            {"payments_quiet_week_from": 9, "payments_quiet_week_to": 9},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.company.write(values)

    def test_each_company_has_its_own(self):
        other = self.setup_other_company(name="Awake")["company"]
        self.assertEqual(other.payments_quiet_channels, "sms")
        other.payments_quiet_channels = "none"
        night = self.now()
        message = self.later(self.draft())
        self.assertEqual(message.scheduled_date, SATURDAY)
        self.assertFalse(other._is_quiet_for("sms"))
        self.assertNotEqual(
            self.company._get_hours(night)[self.company].get_next(night), night
        )


@freeze_time(FRIDAY_EVENING)
@tagged("post_install", "-at_install")
class TestQuietRun(RunCommon):
    """The messages of a billing run keep the limit per hour over the night."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Europe/Oslo"
        cls.company.payments_quiet_channels = "sms"
        cls.client.write(
            {"phone": "+47 912 34 567", "country_id": cls.env.ref("base.no").id}
        )

    def test_limit_per_hour(self):
        bookings = self.book_many(5)
        with freeze_time("2026-11-20 19:30:00"):
            run = self.prepare(bookings, send_mode="now", channel="sms", hourly_limit=4)
            self.assertIn("9:30", run.with_context(tz="Europe/Oslo").sending_summary)
            run.action_run()
        dates = bookings.invoice_id.payment_message_ids.mapped("scheduled_date")
        self.assertEqual(
            [str(date)[5:16] for date in sorted(dates)],
            ["11-20 19:30", "11-20 19:45"]
            + ["11-21 08:00", "11-21 08:15", "11-21 08:30"],
        )

    def test_limit_per_hour_in_new_hours(self):
        bookings = self.book_many(5)
        self.start(bookings, send_mode="now", channel="sms", hourly_limit=4)
        # somebody chooses for one of them
        move = bookings[-1].invoice_id
        move.sudo()._schedule_payment_message(at("2026-11-23 12:00:00"), "sms")
        for first in (10, 9):
            self.company.payments_quiet_saturday_from = first
            messages = bookings.invoice_id.payment_message_ids
            messages = messages.filtered(lambda one: one.state == "scheduled")
            dates = sorted(messages.mapped("scheduled_date"))
            self.assertEqual(
                [str(date)[5:16] for date in dates],
                [f"11-21 {first - 1:02}:{minute:02}" for minute in (0, 15, 30, 45)]
                + ["11-23 12:00"],
            )

    def test_now_at_night(self):
        bookings = self.book_many(2)
        self.start(bookings, send_mode="now", channel="sms")
        dates = bookings.invoice_id.payment_message_ids.mapped("scheduled_date")
        self.assertEqual(set(dates), {SATURDAY})


@freeze_time("2026-11-20 12:00:00")
@tagged("post_install", "-at_install")
class TestPublicHolidays(RunCommon):
    """The public holidays of the practice's country, entered by a button."""

    def press(self):
        settings = self.env["res.config.settings"].with_company(self.company)
        settings = settings.create({"company_id": self.company.id})
        return settings.action_add_public_holidays()["params"]["message"]

    def leaves(self):
        return self.env["resource.calendar.leaves"].search(
            [("company_id", "=", self.company.id), ("resource_id", "=", False)]
        )

    def test_entered_once(self):
        self.company.write({"country_id": self.env.ref("base.no").id})
        self.company.partner_id.tz = "Europe/Oslo"
        self.press()
        days = {str(leave.date_from): leave for leave in self.leaves()}
        # midnight in Oslo
        self.assertIn("2027-05-16 22:00:00", days)
        self.assertEqual(
            str(days["2026-12-24 23:00:00"].date_to), "2026-12-25 22:59:59"
        )
        self.assertEqual(self.press(), "All public holidays are entered already.")
        self.assertEqual(len(self.leaves()), len(days))

    def test_country_that_nobody_knows(self):
        self.company.country_id = False
        with self.assertRaisesRegex(UserError, "choose its country"):
            self.press()

    def test_without_the_library(self):
        with (
            patch.object(public_holidays, "country_holidays", None),
            self.assertRaisesRegex(UserError, "not installed"),
        ):
            self.press()
