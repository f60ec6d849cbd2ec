from datetime import datetime

from odoo.tests import Form, freeze_time, tagged

from .common import PaymentsCommon

AT_ONCE = "The payment message goes out as soon as you save."
NOW = "2026-11-24 12:00:00"


@tagged("post_install", "-at_install")
class TestBeforeSaving(PaymentsCommon):
    """A form says that a message leaves at once, before it is saved."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.payments_invoicing_method = "automatic"

    def form(self, start, **values):
        """Return the form of a new appointment of the practitioner's, of an hour."""
        form = Form(
            self.env["calendar.event"]
            .with_user(self.practitioner)
            .with_context(default_name="Talk", tz="Europe/Oslo", **values)
        )
        form.start = start
        form.stop = start.replace(hour=start.hour + 1)
        form.partner_ids.add(self.client)
        return form

    @freeze_time(NOW)
    def test_appointment_of_the_past(self):
        form = self.form(datetime(2026, 11, 24, 9))
        self.assertFalse(form.payment_message_hint, "nothing is billed yet")
        form.service_id = self.service
        self.assertEqual(form.payment_message_hint, AT_ONCE)
        form.invoicing_method = "manual"
        self.assertFalse(form.payment_message_hint)
        form.invoicing_method = "automatic"
        form.price = 0.0
        self.assertFalse(form.payment_message_hint)
        form.price = 900.0
        self.assertEqual(form.payment_message_hint, AT_ONCE)
        # as it is said, so it is
        message = form.save().invoice_id.payment_message_ids
        self.assertEqual(
            (message.state, message.scheduled_date), ("scheduled", self.now())
        )

    @freeze_time(NOW)
    def test_appointment_to_come(self):
        form = self.form(datetime(2026, 11, 24, 15))
        form.service_id = self.service
        self.assertFalse(form.payment_message_hint)
        form.start = datetime(2026, 11, 24, 7)
        form.stop = datetime(2026, 11, 24, 8)
        self.assertEqual(form.payment_message_hint, AT_ONCE)

    @freeze_time(NOW)
    def test_right_after_booking(self):
        self.company.payments_timing_moment = "booking"
        form = self.form(datetime(2026, 11, 24, 15))
        form.service_id = self.service
        self.assertEqual(form.payment_message_hint, AT_ONCE)

    @freeze_time("2026-11-24 22:00:00")
    def test_in_quiet_hours(self):
        self.company.payments_quiet_channels = "all"
        self.company.partner_id.tz = "Europe/Oslo"
        form = self.form(datetime(2026, 11, 24, 9))
        form.service_id = self.service
        self.assertEqual(
            form.payment_message_hint,
            "Once you have saved, the payment message goes out tomorrow 8:00 AM: these "
            "are quiet hours.",
        )

    @freeze_time(NOW)
    def test_little_window_of_the_calendar(self):
        form = Form(
            self.env["calendar.event"]
            .with_user(self.practitioner)
            .with_context(default_name="Talk"),
            "calendar.view_calendar_event_form_quick_create",
        )
        form.start = datetime(2026, 11, 24, 9)
        form.stop = datetime(2026, 11, 24, 10)
        form.partner_ids.add(self.client)
        form.service_id = self.service
        self.assertEqual(form.payment_message_hint, AT_ONCE)

    @freeze_time(NOW)
    def test_what_is_there_already(self):
        past = {
            "start": datetime(2026, 11, 23, 9),
            "stop": datetime(2026, 11, 23, 10),
        }
        billed = {"service_id": self.service.id, **past}
        events = {
            "to invoice": self.book(invoicing_method="manual", **billed),
            "draft": self.draft(invoicing_method="manual", **past).booking_ids.event_id,
            "external": self.book_externally(**billed),
        }
        for name, event in events.items():
            with self.subTest(name), Form(self.as_practitioner(event)) as form:
                self.assertFalse(form.payment_message_hint)
                form.invoicing_method = "automatic"
                self.assertEqual(form.payment_message_hint, AT_ONCE)
                form.save()
                message = event.invoice_id.payment_message_ids
                self.assertEqual(message.scheduled_date, self.now())
                self.assertFalse(form.payment_message_hint)

    @freeze_time(NOW)
    def test_moved_into_the_past(self):
        event = self.book(
            service_id=self.service.id,
            start=datetime(2026, 11, 26, 9),
            stop=datetime(2026, 11, 26, 10),
        )
        message = event.invoice_id.payment_message_ids
        self.assertEqual(message.state, "scheduled")
        with Form(self.as_practitioner(event)) as form:
            form.start = datetime(2026, 11, 23, 9)
            form.stop = datetime(2026, 11, 23, 10)
            self.assertEqual(form.payment_message_hint, AT_ONCE)
        self.assertEqual(message.scheduled_date, self.now())

    @freeze_time(NOW)
    def test_who_does_not_bill_it_reads_nothing(self):
        colleague = self.hire(
            "colleague", "base.group_user", "konfidens_payments.group_payments_user"
        )
        values = {
            "default_user_id": colleague.id,
            "default_service_id": self.service.id,
            "default_start": datetime(2026, 11, 24, 9),
            "default_stop": datetime(2026, 11, 24, 10),
            "default_partner_ids": self.client.ids,
        }
        events = self.env["calendar.event"].with_user(self.practitioner)
        shown = events.with_context(**values).onchange(
            {}, [], dict.fromkeys(("payment_message_hint", "user_id"), {})
        )
        self.assertFalse(shown["value"]["payment_message_hint"])
