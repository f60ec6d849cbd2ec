from datetime import datetime

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .test_attendance import AttendanceCommon

CREDIT = "konfidens_payments.mail_activity_credit"


class CasesCommon(AttendanceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "payments_no_show_percent": 80.0,
                "payments_responsible_id": cls.accountant.id,
            }
        )
        cls.other = cls.env["res.partner"].create(
            {"name": "Ola Hansen", "email": "ola@example.com", "lang": "en_US"}
        )

    def told(self):
        booking = self.booked("automatic")
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        return booking, booking.invoice_id

    def fee(self, booking, user=None):
        self.ask(booking, "action_no_show", user).action_bill_fee()

    def waive(self, booking, user=None):
        dialog = self.ask(booking, "action_no_show", user)
        dialog.reason = "Was ill"
        dialog.action_no_fee()

    def credit(self, move, amount):
        """Credit some of an invoice, as an accountant does."""
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id})
        )
        wizard.refund_moves()
        note = wizard.new_move_ids
        note.invoice_line_ids[0].write(
            {"price_unit": amount, "quantity": 1, "discount": 0.0}
        )
        note.action_post()

    def credited(self, move):
        notes = move.reversal_move_ids.filtered(lambda note: note.state == "posted")
        return sum(notes.mapped("amount_total"))

    def both_on_one_invoice(self):
        """Return two bookings that one posted invoice of 2,500 bills."""
        first, second = self.booked(), self.booked()
        move = first.invoice_id
        second.invoice_id.button_cancel()
        line = move.invoice_line_ids
        move.write(
            {
                "invoice_line_ids": [
                    Command.create(
                        {
                            "booking_id": second.id,
                            "product_id": line.product_id.id,
                            "price_unit": 1250.0,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ]
            }
        )
        self.assertEqual(move.amount_total, 2500.0)
        return first, second, move


@freeze_time("2026-11-10 12:00:00")
@tagged("post_install", "-at_install")
class TestMarkedInvoices(CasesCommon):
    """Marks and an accountant's invoices: nothing is credited twice, or too much."""

    given_by = "told"

    def test_pressed_twice(self):
        booking, old = self.given
        self.waive(booking)
        mine = old.with_user(self.accountant)
        mine.action_bill_as_marked()
        with self.assertRaisesRegex(UserError, "nothing to bill anew"):
            mine.action_bill_as_marked()
        self.assertEqual(self.credited(old), 1250.0)

    def test_only_what_was_marked_otherwise(self):
        _booking, old = self.given
        with self.assertRaisesRegex(UserError, "nothing to bill anew"):
            old.with_user(self.accountant).action_bill_as_marked()

    def test_waived_after_a_partial_credit(self):
        booking, old = self.given
        self.credit(old, 250.0)
        self.waive(booking, self.accountant)
        self.assertEqual(self.credited(old), 1250.0)
        self.assertEqual(old.amount_residual, 0.0)

    def test_difference_that_was_credited_by_hand(self):
        booking, old = self.given
        self.fee(booking)
        self.assertTrue(old.is_marked_otherwise)
        self.credit(old, 250.0)
        self.assertFalse(old.is_marked_otherwise)
        self.assertEqual(old.amount_residual, 1000.0)

    def completed_as(self, **line_values):
        """Return a booking and its completed invoice, with a line as it was written."""
        booking = self.booked()
        booking.invoice_id.invoice_line_ids.write(line_values)
        booking.invoice_id.action_complete_invoice()
        return booking, booking.invoice_id

    def test_fee_of_what_has_a_discount_or_a_quantity(self):
        """The fee is what was confirmed, whatever the line says."""
        for values, fee, billed in (
            ({"quantity": 2.0, "price_unit": 400.0}, 400.0, True),
            ({"price_unit": 1000.0, "discount": 10.0}, 1000.0, True),
            ({"price_unit": 1000.0, "discount": 10.0}, 900.0, False),
            ({"price_unit": 1000.0, "discount": 10.0}, 500.0, True),
        ):
            for user in (self.accountant, self.practitioner):
                with self.subTest(values, fee=fee, user=user.name), self.undone():
                    booking, old = self.completed_as(**values)
                    dialog = self.ask(booking, "action_no_show", user)
                    dialog.fee = fee
                    dialog.action_bill_fee()
                    if user == self.practitioner:
                        self.assertEqual(old.is_marked_otherwise, billed)
                        self.assertEqual(bool(old.activity_search([CREDIT])), billed)
                        continue
                    new = booking.invoice_id
                    self.assertEqual(new != old, billed)
                    self.assertEqual(new.amount_total, fee)

    def test_fee_that_is_left_after_a_credit_by_hand(self):
        for credit, otherwise in ((400.0, False), (450.0, True)):
            with self.subTest(credit), self.undone():
                booking, old = self.completed_as(price_unit=1000.0, discount=10.0)
                dialog = self.ask(booking, "action_no_show")
                dialog.fee = 500.0
                dialog.action_bill_fee()
                self.credit(old, credit)
                self.assertEqual(old.is_marked_otherwise, otherwise)

    def test_fee_where_somebody_took_off_a_tax_that_the_price_includes(self):
        """What the booking says is what is asked for, before and after it is told."""
        tax = self.company_data["default_tax_sale"].copy(
            {"name": "25", "amount": 25, "price_include_override": "tax_included"}
        )
        self.service.taxes_id = tax
        for completed in (False, True):
            with self.subTest(completed=completed):
                booking = self.booked()
                booking.invoice_id.with_user(self.accountant).write(
                    {
                        "invoice_line_ids": [
                            Command.update(
                                booking.invoice_id.invoice_line_ids.id,
                                {"tax_ids": [Command.clear()]},
                            )
                        ]
                    }
                )
                if completed:
                    booking.invoice_id.action_complete_invoice()
                self.fee(booking, self.accountant)
                self.assertEqual(booking.price, 1000.0)
                self.assertEqual(booking.invoice_id.amount_total, 1000.0)
                booking.with_user(self.accountant).action_planned()
                self.assertEqual(booking.price, 1250.0)
                self.assertEqual(booking.invoice_id.amount_total, 1250.0)

    def test_came_charges_nothing_else_whatever_became_of_the_taxes(self):
        tax = self.env["account.tax"].create(
            {
                "name": "25 % included",
                "amount": 25.0,
                "type_tax_use": "sale",
                "price_include_override": "tax_included",
                "company_id": self.company.id,
            }
        )
        for name in ("taken off by hand", "added to the service later"):
            with self.subTest(name), self.undone():
                self.service.taxes_id = tax if name == "taken off by hand" else False
                booking, old = self.completed_as(tax_ids=[Command.clear()])
                self.service.taxes_id = tax
                self.assertEqual(old.amount_total, 1250.0)
                self.ask(booking, "action_attended")
                self.assertFalse(old.is_marked_otherwise)

    def test_one_of_two_called_off_in_time(self):
        first, second, move = self.both_on_one_invoice()
        move.with_user(self.accountant).action_complete_invoice()
        first.sudo()._mark("cancelled")
        self.fee(second, self.accountant)
        self.assertEqual(second.invoice_id.amount_total, 1000.0)
        self.assertNotIn(first, second.invoice_id.booking_ids)

    def test_activity_goes_with_the_mark(self):
        booking, old = self.given
        for take_back in ("action_planned", "action_attended"):
            self.fee(booking)
            self.assertTrue(old.activity_search([CREDIT]))
            self.ask(booking, take_back)
            self.assertFalse(old.activity_search([CREDIT]))
        booking.sudo()._mark("cancelled")
        activity = old.activity_search([CREDIT])
        self.assertIn("cancelled", activity.summary)
        self.ask(booking, "action_planned")
        self.assertFalse(old.activity_search([CREDIT]))

    def test_told_draft_of_two(self):
        """The other one is billed anew as well."""
        first, second, move = self.both_on_one_invoice()
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.fee(first)
        self.assertEqual(move.state, "cancel")
        self.assertEqual(first.invoice_id.amount_total, 1000.0)
        self.assertEqual(second.invoice_id.amount_total, 1250.0)

    def test_credited_before_the_mark(self):
        booking, old = self.given
        self.credit(old, 1250.0)
        self.assertEqual(booking.payment_status, "credited")
        self.fee(booking)
        self.assertEqual(booking.invoice_id.amount_total, 1000.0)
        self.assertEqual(booking.invoice_id.state, "draft")

    def test_came_after_it_was_waived_and_credited(self):
        booking, old = self.given
        self.waive(booking, self.accountant)
        self.ask(booking, "action_attended", self.accountant)
        self.assertNotEqual(booking.invoice_id, old)
        self.assertEqual(booking.invoice_id.amount_total, 1250.0)

    def test_completed_invoice_says_what_it_bills(self):
        """Until it is credited, and after it was, it bills the appointment."""
        booking, old = self.given
        self.fee(booking)
        self.assertNotIn("missed", old.payment_appointment)
        [line] = old._get_itemised_lines()
        self.assertEqual(line["service"], "Trauma therapy")
        old.with_user(self.accountant).action_bill_as_marked()
        self.assertIn("missed", booking.invoice_id.payment_appointment)
        old.invalidate_recordset(["payment_appointment"])
        self.assertNotIn("missed", old.payment_appointment)

    def test_tax_that_the_price_includes(self):
        """Net and gross are the same number: 80 % of 1,250 with 25 % of tax."""
        included = self.company_data["default_tax_sale"].copy(
            {
                "name": "25 % included",
                "amount": 25.0,
                "price_include_override": "tax_included",
            }
        )
        position = self.env["account.fiscal.position"].create({"name": "Exempt"})
        self.env["account.tax"].create(
            {
                "name": "0 %",
                "amount": 0.0,
                "original_tax_ids": [Command.set(included.ids)],
                "fiscal_position_ids": [Command.set(position.ids)],
            }
        )
        self.service.taxes_id = included
        self.client.property_account_position_id = position
        booking, old = self.told()
        self.assertEqual(old.amount_total, 1000.0)
        self.fee(booking, self.accountant)
        self.assertNotEqual(booking.invoice_id, old)
        self.assertEqual(booking.invoice_id.amount_total, 800.0)


@freeze_time("2026-11-10 12:00:00")
@tagged("post_install", "-at_install")
class TestFees(CasesCommon):
    """What a fee comes to, and what it says."""

    given_by = "booked"

    def test_other_currency_of_another_payer(self):
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.1)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        self.other.property_product_pricelist = pricelist
        booking = self.booked()
        self.fee(booking)
        booking.payer_id = self.other
        self.assertEqual(booking.invoice_id.amount_total, 100.0)
        self.ask(booking, "action_planned")
        self.assertEqual(booking.invoice_id.amount_total, 125.0)

    def test_discount(self):
        """What a person confirmed is billed, and the appointment has its discount."""
        booking = self.given
        line = booking.invoice_id.invoice_line_ids
        line.discount = 10.0
        self.fee(booking)
        self.assertEqual(booking.invoice_id.amount_total, 1000.0)
        self.ask(booking, "action_planned")
        self.assertEqual(booking.invoice_id.amount_total, 1125.0)

    def test_discount_does_not_lessen_a_fee_of_the_whole_price(self):
        self.company.payments_no_show_percent = 100.0
        booking = self.given
        booking.invoice_id.invoice_line_ids.discount = 10.0
        self.fee(booking)
        self.assertEqual(
            (booking.price, booking.invoice_id.amount_total), (1250.0,) * 2
        )
        self.ask(booking, "action_planned")
        self.assertEqual(booking.invoice_id.amount_total, 1125.0)

    def test_zero_is_waived_with_a_reason(self):
        dialog = self.ask(self.given, "action_no_show")
        dialog.fee = 0.0
        with self.assertRaisesRegex(UserError, "Say why"):
            dialog.action_bill_fee()

    def test_own_text_says_nothing_of_a_fee(self):
        booking = self.given
        line = booking.invoice_id.invoice_line_ids
        line.name = "Psychological treatment"
        self.fee(booking)
        self.assertIn("Missed appointment", line.name)

    def test_externally_billed_pays_the_fee_once_it_is_billed_here(self):
        booking = self.booking_of(self.book(invoicing_method="external"))
        self.ask(booking, "action_no_show")
        self.assertEqual(booking.payment_status, "external")
        self.company.payments_service_id = self.service
        booking.with_user(self.practitioner).action_create_invoice()
        self.assertEqual(booking.invoice_id.amount_total, 1000.0)

    def test_dialog_that_is_out_of_date(self):
        booking = self.given
        dialog = self.ask(booking, "action_no_show")
        self.ask(booking, "action_attended")
        with self.assertRaisesRegex(UserError, "meanwhile"):
            dialog.action_bill_fee()
        self.assertEqual(booking.attendance, "attended")
        self.ask(booking, "action_planned")
        dialog = self.ask(booking, "action_no_show")
        booking.price = 500.0
        with self.assertRaisesRegex(UserError, "meanwhile"):
            dialog.action_bill_fee()

    def test_another_client_has_done_nothing(self):
        booking = self.given
        self.waive(booking)
        booking.client_id = self.other
        self.assertEqual(booking.attendance, "planned")
        self.assertFalse(booking.no_fee_reason)
        self.assertEqual(booking.price, 1250.0)
        self.assertNotIn("Missed", booking.invoice_id.invoice_line_ids.name)

    def test_service_and_price_of_the_series(self):
        """A marked occurrence keeps its fee."""
        first = self.book_weekly(3, service_id=self.service.id)
        events = first.recurrence_id.calendar_event_ids.sorted("start")
        marked, other = self.booking_of(events[:2])
        self.fee(marked)
        events[0].with_user(self.practitioner).write(
            {"price": 900.0, "recurrence_update": "self_only"}
        )
        events[1].with_user(self.practitioner).write(
            {"price": 1400.0, "recurrence_update": "all_events"}
        )
        self.assertEqual(other.price, 1400.0)
        self.assertEqual(marked.price, 900.0)


@freeze_time("2026-11-09 12:00:00")
@tagged("post_install", "-at_install")
class TestCalledOffTimes(CasesCommon):
    """Late, or in time: by what each client did, and when."""

    given_by = "booked"

    def attendee(self, booking):
        return booking.event_id.attendee_ids.filtered(
            lambda one: one.partner_id == booking.client_id
        )

    def test_each_by_the_own_time(self):
        late = self.given
        early = self.booked(
            start=datetime(2026, 11, 30, 9), stop=datetime(2026, 11, 30, 10)
        )
        dialog = self.ask(late + early, "action_cancelled")
        self.assertIn("1 in time", dialog.notice_note)
        dialog.action_bill_fee()
        self.assertEqual(late.attendance, "late_cancelled")
        self.assertEqual(early.attendance, "cancelled")
        self.assertEqual(early.payment_status, "cancelled")

    def test_first_decline_counts(self):
        booking = self.given
        with freeze_time("2026-11-05 08:00:00"):
            self.attendee(booking).do_decline()
        self.attendee(booking).do_decline()
        self.assertEqual(booking.declined_on, datetime(2026, 11, 5, 8))
        self.assertFalse(self.ask(booking, "action_cancelled"))

    def test_decline_stays_where_a_mark_is_taken_back(self):
        booking = self.given
        with freeze_time("2026-11-05 08:00:00"):
            self.attendee(booking).do_decline()
        with freeze_time("2026-11-10 12:00:00"):
            self.ask(booking, "action_attended")
            self.ask(booking, "action_planned")
        self.assertEqual(booking.declined_on, datetime(2026, 11, 5, 8))
        self.assertEqual(self.attendee(booking).state, "declined")

    def test_who_accepts_again(self):
        booking = self.given
        self.attendee(booking).do_decline()
        self.attendee(booking).do_accept()
        self.assertFalse(booking.declined_on)

    def test_decline_of_the_old_time(self):
        booking = self.given
        self.attendee(booking).do_decline()
        booking.event_id.with_user(self.practitioner).write(
            {"start": datetime(2026, 11, 20, 9), "stop": datetime(2026, 11, 20, 10)}
        )
        self.assertFalse(booking.declined_on)

    def test_guest_of_another_appointment(self):
        """Who calls off one appointment declines no other."""
        both = self.book(
            service_id=self.service.id,
            partner_ids=[
                Command.set(
                    (self.client + self.other + self.practitioner.partner_id).ids
                )
            ],
        )
        alone = self.book(
            service_id=self.service.id,
            partner_ids=[Command.set((self.other + self.practitioner.partner_id).ids)],
        )
        bookings = self.booking_of(both + alone)
        bookings.sudo()._mark("late_cancelled")
        state_of = {one.partner_id: one.state for one in both.attendee_ids}
        self.assertEqual(state_of[self.client], "declined")
        self.assertNotEqual(state_of[self.other], "declined")

    def test_other_employee_takes_back_no_mark(self):
        employee = self.hire("receptionist", "base.group_user")
        booking = self.booked()
        self.ask(booking, "action_cancelled").action_bill_fee()
        booking.event_id.with_user(employee).write(
            {"start": datetime(2026, 11, 17, 9), "stop": datetime(2026, 11, 17, 10)}
        )
        self.assertEqual(booking.attendance, "late_cancelled")
        self.assertEqual(booking.price, 625.0)

    def test_moved_on_the_same_day_keeps_its_mark(self):
        with freeze_time("2026-11-10 06:00:00"):
            booking = self.booked()
            self.ask(booking, "action_attended")
            booking.event_id.with_user(self.practitioner).write(
                {
                    "start": datetime(2026, 11, 10, 11),
                    "stop": datetime(2026, 11, 10, 12),
                }
            )
            self.assertEqual(booking.attendance, "attended")

    def test_all_day(self):
        """It begins with its day, in Oslo."""
        booking = self.booked(
            allday=True,
            start_date="2026-11-10",
            stop_date="2026-11-10",
            start=datetime(2026, 11, 10),
            stop=datetime(2026, 11, 10),
        )
        with freeze_time("2026-11-09 02:00:00"):
            self.assertEqual(
                self.ask(booking, "action_cancelled").attendance, "late_cancelled"
            )
