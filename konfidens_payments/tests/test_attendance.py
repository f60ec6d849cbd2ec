from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common import PaymentsCommon


class AttendanceCommon(PaymentsCommon):
    """Fees of 50 and 100 percent, and a practice that makes its drafts at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "payments_create_draft": True,
                "payments_no_show_percent": 100.0,
                "payments_late_percent": 50.0,
                "payments_late_hours": 24,
            }
        )

    def booked(self, method="manual", **values):
        """Return the booking of an appointment of 10 November, 10:00 in Oslo."""
        event = self.book(service_id=self.service.id, invoicing_method=method, **values)
        return self.booking_of(event)

    def ask(self, booking, name, user=None):
        """Press a button, and return the dialog that it opens, or nothing."""
        action = getattr(booking.with_user(user or self.practitioner), name)()
        return action and (
            self.env[action["res_model"]]
            .with_user(user or self.practitioner)
            .browse(action["res_id"])
        )


@freeze_time("2026-11-10 12:00:00")
@tagged("post_install", "-at_install")
class TestAttendance(AttendanceCommon):
    """Who came, and what is billed of who did not, before the payer is told."""

    given_by = "booked"

    def test_came(self):
        booking = self.given
        self.assertFalse(self.ask(booking, "action_attended"))
        self.assertEqual(booking.attendance, "attended")
        self.assertEqual(booking.attendance_by_id, self.practitioner)
        self.assertEqual(booking.invoice_id.amount_total, 1250.0)
        self.assertEqual(booking.event_id.attendance, "attended")

    def test_did_not_come_bills_the_fee(self):
        self.company.payments_no_show_percent = 80.0
        booking = self.booked()
        draft = booking.invoice_id
        dialog = self.ask(booking, "action_no_show")
        self.assertEqual(dialog.fee, 1000.0)
        self.assertEqual(booking.attendance, "planned", "a person confirms it")
        dialog.action_bill_fee()
        self.assertEqual(booking.attendance, "no_show")
        self.assertEqual(booking.invoice_id, draft)
        self.assertEqual(draft.amount_total, 1000.0)
        self.assertEqual(booking.price, 1000.0)
        self.assertEqual(
            draft.invoice_line_ids.name,
            "Missed appointment November 10, 2026 at 10:00 AM",
        )

    def test_fee_that_a_person_changes(self):
        booking = self.given
        with Form(self.ask(booking, "action_no_show")) as dialog:
            dialog.fee = 300.0
        dialog.record.action_bill_fee()
        self.assertEqual(booking.invoice_id.amount_total, 300.0)

    def test_waived_with_a_reason(self):
        booking = self.booked("automatic")
        dialog = self.ask(booking, "action_no_show")
        with self.assertRaisesRegex(UserError, "Say why"):
            dialog.action_no_fee()
        self.assertEqual(booking.attendance, "planned")
        dialog.reason = "Was in hospital"
        dialog.action_no_fee()
        self.assertEqual(booking.attendance, "no_show")
        self.assertEqual(booking.payment_status, "free")
        self.assertEqual(booking.no_fee_reason, "Was in hospital")
        told = "".join(booking.invoice_id.message_ids.mapped("body"))
        self.assertIn("Did not come", told)
        self.assertNotIn("hospital", told)
        self.assertIn("Was in hospital", booking.attendance_note)
        with self.mock_mail_gateway():
            self.send_due()
        self.assertNotSentEmail()

    def test_planned_again_is_billed_as_before(self):
        booking = self.given
        booking.price = 900.0
        self.ask(booking, "action_no_show").action_bill_fee()
        self.company.payments_no_show_percent = 10.0
        self.ask(booking, "action_planned")
        self.assertEqual(booking.attendance, "planned")
        self.assertEqual(booking.price, 900.0)
        self.assertEqual(booking.invoice_id.amount_total, 900.0)
        self.assertEqual(
            booking.invoice_id.invoice_line_ids.name,
            "Appointment November 10, 2026 at 10:00 AM",
        )

    def test_fee_has_its_own_price_and_taxes(self):
        tax = self.tax_sale_a
        self.service.taxes_id = tax
        fee = self.env["product.product"].create(
            {
                "name": "No-show fee",
                "type": "service",
                "list_price": 400.0,
                "taxes_id": False,
            }
        )
        self.company.write(
            {"payments_no_show_percent": 0.0, "payments_no_show_product_id": fee.id}
        )
        booking = self.booked()
        self.assertEqual(booking.invoice_id.amount_tax, 187.5)
        self.ask(booking, "action_no_show").action_bill_fee()
        draft = booking.invoice_id
        self.assertEqual(draft.amount_total, 400.0)
        self.assertFalse(draft.amount_tax)
        self.assertEqual(draft.invoice_line_ids.product_id, fee)
        self.assertEqual(booking.service_id, self.service)
        self.ask(booking, "action_planned")
        self.assertEqual(draft.amount_tax, 187.5)
        self.assertEqual(draft.amount_total, 1437.5)

    def test_service_with_its_own_fees(self):
        self.service.write(
            {"payments_own_fees": True, "payments_no_show_percent": 20.0}
        )
        booking = self.booked()
        self.assertEqual(self.ask(booking, "action_no_show").fee, 250.0)

    def test_fee_without_draft_is_billed_later(self):
        self.company.payments_create_draft = False
        booking = self.booked()
        self.ask(booking, "action_no_show").action_bill_fee()
        self.assertEqual(booking.payment_status, "to_invoice")
        booking.with_user(self.practitioner).action_create_invoice()
        self.assertIn("Missed", booking.invoice_id.invoice_line_ids.name)

    def test_externally_billed_is_marked_without_a_question(self):
        booking = self.booked("external")
        self.assertFalse(self.ask(booking, "action_no_show"))
        self.assertEqual(booking.attendance, "no_show")
        self.assertEqual(booking.payment_status, "external")

    def test_draft_that_leads(self):
        """What somebody typed on the draft is what a fee is a part of."""
        booking = self.given
        line = booking.invoice_id.invoice_line_ids
        line.with_user(self.accountant).price_unit = 1000.0
        self.company.payments_no_show_percent = 50.0
        self.ask(booking, "action_no_show").action_bill_fee()
        self.assertEqual(booking.invoice_id.amount_total, 500.0)
        line.with_user(self.accountant).price_unit = 450.0
        self.assertEqual(booking.price, 450.0)
        self.assertEqual(booking.service_id, self.service)
        self.ask(booking, "action_planned")
        self.assertEqual(booking.invoice_id.amount_total, 1000.0)

    def test_many_at_once(self):
        bookings = self.booking_of(
            self.book_hourly(3, datetime(2026, 11, 10, 7), service_id=self.service.id)
        )
        dialog = self.ask(bookings, "action_no_show")
        self.assertIn("3 fees", dialog.rule_note)
        dialog.action_bill_fee()
        self.assertEqual(set(bookings.mapped("attendance")), {"no_show"})
        self.ask(bookings, "action_planned")
        self.ask(bookings, "action_attended")
        self.assertEqual(set(bookings.mapped("attendance")), {"attended"})

    def test_service_stays_while_a_fee_is_billed(self):
        booking = self.given
        self.ask(booking, "action_no_show").action_bill_fee()
        with self.assertRaisesRegex(UserError, "Planned Again"):
            booking.service_id = self.service.copy()

    def test_itemised_invoice_says_that_there_was_no_visit(self):
        booking = self.given
        self.ask(booking, "action_no_show").action_bill_fee()
        [line] = booking.invoice_id._get_itemised_lines()
        self.assertIn("Missed appointment", line["service"])

    def test_copy_costs_what_the_appointment_costs(self):
        booking = self.given
        booking.price = 900.0
        self.company.payments_no_show_percent = 10.0
        self.ask(booking, "action_no_show").action_bill_fee()
        copied = self.booking_of(booking.event_id.copy())
        self.assertEqual(copied.price, 900.0)
        self.assertEqual(copied.attendance, "planned")

    def test_run_leaves_out_what_is_marked_as_cancelled(self):
        booking = self.booked("external")
        booking._mark("cancelled")
        run = self.env["konfidens.payment.run"].create(
            {"booking_ids": booking.ids, "service_id": self.service.id}
        )
        self.assertFalse(run.billable_count)


@freeze_time("2026-11-09 12:00:00")
@tagged("post_install", "-at_install")
class TestCalledOff(AttendanceCommon):
    """Who calls off late pays the fee, and who does so in time nothing."""

    given_by = "booked"

    def test_late_is_proposed(self):
        """21 hours before."""
        booking = self.given
        dialog = self.ask(booking, "action_cancelled")
        self.assertEqual(dialog.attendance, "late_cancelled")
        self.assertIn("21 hours before", dialog.notice_note)
        self.assertEqual(dialog.fee, 625.0)
        dialog.action_bill_fee()
        self.assertEqual(booking.attendance, "late_cancelled")
        self.assertEqual(booking.invoice_id.amount_total, 625.0)
        self.assertIn(
            "Appointment cancelled late", booking.invoice_id.invoice_line_ids.name
        )

    def test_person_says_that_it_was_in_time(self):
        booking = self.given
        dialog = self.ask(booking, "action_cancelled")
        dialog.notice = "in_time"
        dialog.action_mark()
        self.assertEqual(booking.attendance, "cancelled")
        self.assertEqual(booking.payment_status, "cancelled")

    @freeze_time("2026-11-08 12:00:00")
    def test_in_time_costs_nothing(self):
        booking = self.booked("automatic")
        draft = booking.invoice_id
        self.assertFalse(self.ask(booking, "action_cancelled"))
        self.assertEqual(booking.attendance, "cancelled")
        self.assertEqual(draft.state, "cancel")
        self.assertEqual(booking.payment_status, "cancelled")
        self.assertTrue(booking.is_settled)
        self.assertEqual(draft.payment_message_ids.state, "cancelled")
        with self.assertRaisesRegex(UserError, "Planned Again"):
            booking.with_user(self.practitioner).action_create_invoice()

    @freeze_time("2026-11-08 12:00:00")
    def test_planned_again_after_cancelled(self):
        booking = self.booked("automatic")
        self.ask(booking, "action_cancelled")
        self.ask(booking, "action_planned")
        self.assertEqual(booking.payment_status, "scheduled")
        self.assertEqual(booking.invoice_id.amount_total, 1250.0)

    def test_client_who_declined_in_time(self):
        """The client's answer counts, not when somebody sees it."""
        booking = self.given
        with freeze_time("2026-11-05 08:00:00"):
            attendee = booking.event_id.attendee_ids.filtered(
                lambda one: one.partner_id == self.client
            )
            attendee.do_decline()
        self.assertIn("declined", booking.attendance_note)
        self.assertFalse(self.ask(booking, "action_cancelled"))
        self.assertEqual(booking.attendance, "cancelled")

    def test_who_deletes_it_late_reads_how_a_fee_is_billed(self):
        event = self.given.event_id.with_user(self.practitioner)
        self.assertIn("press Cancelled", event.get_deletion_note())
        with freeze_time("2026-11-08 12:00:00"):
            self.assertNotIn("press Cancelled", event.get_deletion_note())
        self.company.payments_late_percent = 0.0
        self.assertNotIn("press Cancelled", event.get_deletion_note())

    def test_no_reminder_of_odoo_goes_to_who_called_off(self):
        booking = self.given
        self.ask(booking, "action_cancelled").action_bill_fee()
        attendee = booking.event_id.attendee_ids.filtered(
            lambda one: one.partner_id == self.client
        )
        self.assertEqual(attendee.state, "declined")

    def test_nobody_came_before_the_day(self):
        booking = self.given
        for name in ("action_attended", "action_no_show"):
            with self.assertRaisesRegex(UserError, "lies ahead"):
                self.ask(booking, name)
        self.assertFalse(booking.can_mark_attended)

    def test_moved_appointment_is_planned_again(self):
        booking = self.given
        self.ask(booking, "action_cancelled").action_bill_fee()
        booking.event_id.with_user(self.practitioner).write(
            {"start": datetime(2026, 11, 17, 9), "stop": datetime(2026, 11, 17, 10)}
        )
        self.assertEqual(booking.attendance, "planned")
        self.assertEqual(booking.invoice_id.amount_total, 1250.0)


@freeze_time("2026-11-10 12:00:00")
@tagged("post_install", "-at_install")
class TestAttendanceRights(AttendanceCommon):
    """Who may mark, and what nobody writes."""

    given_by = "booked"

    def test_colleague(self):
        colleague = self.hire(
            "colleague", "base.group_user", "konfidens_payments.group_payments_user"
        )
        booking = self.booked()
        for name in (
            "action_attended",
            "action_no_show",
            "action_cancelled",
            "action_planned",
        ):
            with self.assertRaises(AccessError):
                getattr(booking.with_user(colleague), name)()
        dialog = self.ask(booking, "action_no_show")
        for name in ("action_bill_fee", "action_no_fee", "action_mark"):
            with self.assertRaises(AccessError):
                getattr(dialog.with_user(colleague), name)()
        self.assertEqual(booking.attendance, "planned")

    def test_marks_are_written_by_the_buttons(self):
        booking = self.given
        mine = booking.with_user(self.practitioner)
        for values in (
            {"attendance": "attended"},
            {"full_price": 1.0},
            {"has_fee": True},
            {"fee_product_id": self.service.id},
            {"no_fee_reason": "because"},
            {"declined_on": "2026-11-01 08:00:00"},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                mine.write(values)
            with self.subTest(values), self.assertRaises(AccessError):
                mine.create({"event_id": booking.event_id.id, **values})
        with self.assertRaises(AccessError):
            mine.event_id.write({"attendance": "attended"})

    def test_dialog_bills_what_it_was_opened_for(self):
        booking, other = self.given, self.booked()
        dialog = self.ask(booking, "action_no_show")
        with self.assertRaises(AccessError):
            dialog.booking_ids = other
        with self.assertRaises(AccessError):
            dialog.create({"booking_ids": other.ids})

    def test_other_employee_sees_nothing(self):
        employee = self.hire("receptionist", "base.group_user")
        event = self.booked().event_id
        with self.assertRaises(AccessError):
            event.with_user(employee).read(["attendance"])
        self.assertFalse(
            self.env["calendar.event"].with_user(employee).get_payment_marks(event.ids)
        )

    def test_marks_in_the_calendar(self):
        booking = self.given
        self.ask(booking, "action_no_show").action_bill_fee()
        events = self.env["calendar.event"].with_user(self.practitioner)
        self.assertEqual(
            events.get_payment_marks(booking.event_id.ids),
            {booking.event_id.id: ["draft", "no_show"]},
        )


@tagged("post_install", "-at_install")
class TestOnlyWhoCame(AttendanceCommon):
    """*Bill only who came*: automatic messages wait until somebody says so."""

    def setUp(self):
        super().setUp()
        self.company.payments_bill_only_attended = True

    @freeze_time("2026-11-10 12:00:00")
    def test_message_waits_for_the_mark(self):
        booking = self.booked("automatic")
        self.assertEqual(booking.payment_status, "draft")
        self.assertIn("client came", booking.payment_next_step)
        with self.mock_mail_gateway():
            self.send_due()
        self.assertNotSentEmail()
        self.ask(booking, "action_attended")
        self.assertEqual(booking.payment_status, "scheduled")
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(len(self._mails), 1)

    @freeze_time("2026-11-10 12:00:00")
    def test_fee_is_asked_for_once_it_is_confirmed(self):
        self.company.payments_no_show_percent = 80.0
        booking = self.booked("automatic")
        self.ask(booking, "action_no_show").action_bill_fee()
        self.assertEqual(booking.payment_status, "scheduled")
        with self.mock_mail_gateway():
            self.send_due()
        [mail] = self._mails
        self.assertIn("1,000", mail["body"])
        self.assertIn("(missed)", mail["subject"])

    @freeze_time("2026-11-09 12:00:00")
    def test_switched_on(self):
        """What is scheduled waits, unless a person scheduled it."""
        self.company.payments_bill_only_attended = False
        waiting, chosen = self.booked("automatic"), self.booked("automatic")
        tomorrow = datetime(2026, 11, 10, 8)
        self.send(chosen.invoice_id, send_mode="later", scheduled_date=tomorrow)
        self.company.payments_bill_only_attended = True
        self.assertIn("client came", waiting.payment_next_step)
        with freeze_time("2026-11-10 12:00:00"), self.mock_mail_gateway():
            self.send_due()
            self.assertEqual(len(self._mails), 1)
            self.assertEqual(chosen.payment_status, "sent")
            self.ask(waiting, "action_attended")
            self.send_due()
            self.assertEqual(len(self._mails), 2)

    def test_switched_off(self):
        """What lies ahead goes by the timing, what is over and called off does not."""
        with freeze_time("2026-11-09 12:00:00"):
            ahead, called_off = self.booked("automatic"), self.booked("automatic")
            self.company.payments_bill_only_attended = False
            self.assertEqual(ahead.payment_status, "scheduled")
            called_off.invoice_id.payment_message_ids.with_user(
                self.practitioner
            ).action_cancel()
            self.company.payments_bill_only_attended = True
            self.company.payments_bill_only_attended = False
            self.assertEqual(called_off.payment_status, "draft")
            self.company.payments_bill_only_attended = True
            over = self.booked("automatic")
        with freeze_time("2026-11-20 12:00:00"):
            self.company.payments_bill_only_attended = False
            self.assertEqual(over.payment_status, "draft", "nobody is told late")

    @freeze_time("2026-11-10 12:00:00")
    def test_mark_taken_back_keeps_the_message(self):
        booking = self.booked("automatic")
        self.ask(booking, "action_attended")
        self.ask(booking, "action_planned")
        with self.mock_mail_gateway():
            self.send_due()
        self.assertNotSentEmail()
        self.assertEqual(booking.payment_status, "draft")

    @freeze_time("2026-11-10 12:00:00")
    def test_first_page_counts_who_is_not_marked(self):
        bookings = self.env["konfidens.payment.booking"].with_user(self.practitioner)

        def count():
            cards = bookings.get_payments_today()["cards"]
            return [card["count"] for card in cards if card["name"] == "who_came"]

        booking = self.booked("automatic")
        self.booked("external")
        self.assertEqual(count(), [1])
        self.ask(booking, "action_attended")
        self.assertEqual(count(), [0])
        self.company.payments_bill_only_attended = False
        self.assertEqual(count(), [])
