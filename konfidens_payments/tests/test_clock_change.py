from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo.tests import freeze_time, tagged

from .common import PaymentsCommon

OSLO, UTC = ZoneInfo("Europe/Oslo"), ZoneInfo("UTC")
DAY = timedelta(days=1)
# The days that begin with a change of the clock: put back, and put forward.
CHANGES = (date(2026, 10, 25), date(2027, 3, 28))
MOMENTS = ("before_start", "after_start", "before_end", "after_end")


def oslo(day, hour, minute=0):
    """Return a time of day in Oslo, as Odoo stores it (UTC, naive)."""
    local = datetime.combine(day, time(hour, minute), OSLO)
    return local.astimezone(UTC).replace(tzinfo=None)


@freeze_time("2026-10-01 08:00:00")
@tagged("post_install", "-at_install")
class TestClockChange(PaymentsCommon):
    """A day is a day where the practice is, and an hour is an hour."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Europe/Oslo"
        cls.company.payments_invoicing_method = "automatic"

    def set_timing(self, moment, number, unit):
        self.company.write(
            {
                "payments_timing_moment": moment,
                "payments_timing_number": number,
                "payments_timing_unit": unit,
            }
        )

    def message_of(self, **values):
        """Return the message that is scheduled by the timing for an appointment."""
        event = self.book(service_id=self.service.id, **values)
        message = event.invoice_id.payment_message_ids
        self.assertEqual(message.state, "scheduled")
        return message

    def each_shift(self, number, unit):
        """Yield each way over each night: day of the appointment, and direction."""
        for changed in CHANGES:
            for moment in MOMENTS:
                self.set_timing(moment, number, unit)
                before = moment.startswith("before")
                # what goes before or after it, over the night
                day = changed if before else changed - DAY
                with self.subTest(changed=changed, moment=moment):
                    yield day, -1 if before else 1, 9 if "start" in moment else 10

    def test_a_day_is_the_same_time_of_day(self):
        for day, direction, hour in self.each_shift(1, "days"):
            message = self.message_of(start=oslo(day, 9), stop=oslo(day, 10))
            self.assertEqual(message.scheduled_date, oslo(day + direction * DAY, hour))

    def test_several_days_over_both_nights(self):
        self.set_timing("before_start", 200, "days")
        day = date(2027, 5, 3)
        message = self.message_of(start=oslo(day, 9), stop=oslo(day, 10))
        self.assertEqual(message.scheduled_date, oslo(day - 200 * DAY, 9))

    def test_hours_are_real_hours(self):
        for day, direction, hour in self.each_shift(24, "hours"):
            message = self.message_of(start=oslo(day, 9), stop=oslo(day, 10))
            self.assertEqual(
                message.scheduled_date,
                oslo(day, hour) + direction * timedelta(hours=24),
            )
            self.assertNotEqual(
                message.scheduled_date, oslo(day + direction * DAY, hour)
            )

    def test_minutes_in_the_night_itself(self):
        """Half past one, and 60 real minutes later, whatever the clock shows then."""
        self.set_timing("after_start", 60, "minutes")
        for changed, expected in zip(
            CHANGES,
            (datetime(2026, 10, 25, 0, 30), datetime(2027, 3, 28, 1, 30)),
            strict=True,
        ):
            start = oslo(changed, 1, 30)
            message = self.message_of(start=start, stop=start + timedelta(hours=1))
            self.assertEqual(message.scheduled_date, expected)

    def test_day_that_lacks_the_time_of_day(self):
        """Half past two is left out by the clock: an hour later, and never an error."""
        self.set_timing("after_start", 1, "days")
        start = oslo(CHANGES[1] - DAY, 2, 30)
        message = self.message_of(start=start, stop=start + timedelta(hours=1))
        self.assertEqual(message.scheduled_date, datetime(2027, 3, 28, 1, 30))

    def test_whole_days(self):
        """Odoo keeps them from 8:00 to 18:00, wherever they are."""
        for day, direction, hour in self.each_shift(1, "days"):
            message = self.message_of(allday=True, start_date=day, stop_date=day)
            self.assertEqual(
                message.scheduled_date,
                oslo(day + direction * DAY, 8 if hour == 9 else 18),
            )

    def test_whole_days_and_hours(self):
        for day, direction, hour in self.each_shift(3, "hours"):
            message = self.message_of(allday=True, start_date=day, stop_date=day)
            whole = oslo(day, 8 if hour == 9 else 18)
            self.assertEqual(
                message.scheduled_date, whole + direction * timedelta(hours=3)
            )

    def test_moved_over_the_night(self):
        self.set_timing("before_start", 1, "days")
        day = CHANGES[0] + timedelta(days=7)
        message = self.message_of(start=oslo(day, 9), stop=oslo(day, 10))
        event = message.move_ids.booking_ids.event_id
        day = CHANGES[0]
        event.write({"start": oslo(day, 9), "stop": oslo(day, 10)})
        self.assertEqual(message.scheduled_date, oslo(day - DAY, 9))

    def test_where_the_practice_is(self):
        """By its contact, else by its country, else where the practitioner is."""
        self.set_timing("before_start", 1, "days")
        day, partner = CHANGES[0], self.company.partner_id
        practitioner = self.practitioner
        for tz, country, own in (
            ("Europe/Oslo", "base.us", "America/New_York"),
            (False, "base.no", "America/New_York"),
            (False, "base.us", "Europe/Oslo"),
        ):
            with self.subTest(tz=tz, country=country, own=own):
                partner.write({"tz": tz, "country_id": self.env.ref(country).id})
                practitioner.tz = own
                message = self.message_of(start=oslo(day, 9), stop=oslo(day, 10))
                self.assertEqual(message.scheduled_date, oslo(day - DAY, 9))

    def test_rehearsal_counts_what_is_due_by_the_same_days(self):
        bookings = self.env["konfidens.payment.booking"]
        self.company.payments_invoicing_method = "external"
        for changed in CHANGES:
            for day in (changed - DAY, changed, changed + DAY):
                for hour in (1, 9, 23):
                    bookings += self.booking_of(
                        self.book(start=oslo(day, hour), stop=oslo(day, hour, 30))
                    )
                bookings += self.booking_of(
                    self.book(allday=True, start_date=day, stop_date=day)
                )
        for changed in CHANGES:
            for moment in MOMENTS:
                for number, unit in ((1, "days"), (24, "hours"), (30, "minutes")):
                    self.set_timing(moment, number, unit)
                    for hours in range(0, 48, 5):
                        now = oslo(changed, 0) + timedelta(hours=hours, minutes=7)
                        with self.subTest(moment=moment, unit=unit), freeze_time(now):
                            due = bookings.filtered_domain(
                                self.company._get_due_domain()
                            )
                            self.assertEqual(
                                due,
                                bookings.filtered(
                                    lambda one: (
                                        one._get_payment_message_date() <= self.now()
                                    )
                                ),
                            )


@tagged("post_install", "-at_install")
class TestDaysOfThePractice(PaymentsCommon):
    """Which day it is, is said by the practice's clock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Europe/Oslo"

    def test_day_on_which_the_client_was_told(self):
        """At half past midnight in Oslo, and half past ten in the evening in UTC."""
        move = self.draft()
        with freeze_time(oslo(date(2026, 11, 23), 0, 30)):
            self.send(move)
            with self.mock_mail_gateway():
                self.send_due()
        move.button_cancel()
        self.assertIn(
            "told on 11/23/2026",
            self.booking_of(move.booking_ids.event_id).payment_next_step,
        )

    def test_overdue_from_midnight_on(self):
        with freeze_time(oslo(date(2026, 11, 23), 12)):
            move = self.posted()
        due = move.invoice_date_due
        for moment, overdue in (
            (oslo(due, 23, 30), False),
            (oslo(due + DAY, 0, 30), True),
        ):
            with self.subTest(moment=moment), freeze_time(moment):
                values = move._get_pay_page_payment_values()
                self.assertEqual(values["overdue"], overdue)

    def test_message_waits_for_the_day_of_auto_post(self):
        """From midnight where the practice is, wherever that is; once, not for ever."""
        for tz in ("Europe/Oslo", "America/New_York"):
            with self.subTest(tz=tz), freeze_time("2026-11-22 20:00:00"):
                self.company.partner_id.tz = tz
                move = self.draft()
                message = self.send(move)
                move.write({"date": "2026-11-24", "auto_post": "at_date"})
                self.send_due()
                self.assertEqual(message.state, "scheduled")
                midnight = datetime(2026, 11, 24, tzinfo=ZoneInfo(tz))
                self.assertEqual(
                    message.scheduled_date,
                    midnight.astimezone(UTC).replace(tzinfo=None),
                )
                with freeze_time(message.scheduled_date), self.mock_mail_gateway():
                    self.send_due()
                self.assertEqual(message.state, "sent")
