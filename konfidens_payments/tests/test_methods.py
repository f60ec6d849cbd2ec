from datetime import datetime, timedelta

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import PaymentsCommon


@freeze_time("2026-11-01 08:00:00")
@tagged("post_install", "-at_install")
class TestMethods(PaymentsCommon):
    """What is billed by itself: automatic, manual, externally billed."""

    def test_automatic_makes_the_draft_and_schedules_the_message(self):
        self.company.payments_invoicing_method = "automatic"
        booking = self.book(service_id=self.service.id)
        self.assertEqual(booking.invoice_id.state, "draft")
        self.assertEqual(booking.payment_status, "scheduled")
        # 15 minutes after the end, as the company's default says
        self.assertEqual(
            booking.invoice_id.payment_message_ids.scheduled_date,
            datetime(2026, 11, 10, 10, 15),
        )
        self.assertIn("The payment message goes out", booking.payment_next_step)

    def test_manual_makes_the_draft_if_the_company_wants_that(self):
        self.assertFalse(self.book(service_id=self.service.id).invoice_id)
        self.company.payments_create_draft = True
        booking = self.book(service_id=self.service.id)
        self.assertEqual(booking.payment_status, "draft")
        self.assertFalse(booking.invoice_id.payment_message_ids)

    def test_timing(self):
        start, stop = datetime(2026, 11, 10, 9), datetime(2026, 11, 10, 10)
        for moment, number, unit, expected in [
            ("booking", 0, "minutes", datetime(2026, 11, 1, 8)),
            ("before_start", 2, "days", datetime(2026, 11, 8, 9)),
            ("after_start", 30, "minutes", datetime(2026, 11, 10, 9, 30)),
            ("before_end", 1, "hours", datetime(2026, 11, 10, 9)),
            ("after_end", 1, "days", datetime(2026, 11, 11, 10)),
            # its time is past: at once
            ("before_start", 30, "days", datetime(2026, 11, 1, 8)),
        ]:
            with self.subTest(moment=moment, number=number, unit=unit):
                self.company.write(
                    {
                        "payments_timing_moment": moment,
                        "payments_timing_number": number,
                        "payments_timing_unit": unit,
                    }
                )
                self.assertEqual(
                    self.company._get_payment_message_date(start, stop), expected
                )

    def test_payers_own_method_comes_before_the_companys(self):
        self.company.payments_invoicing_method = "automatic"
        self.client.with_company(self.company).invoicing_method = "external"
        booking = self.book(service_id=self.service.id)
        self.assertEqual(booking.payment_status, "external")
        self.assertFalse(booking.invoice_id)

    def test_event_without_service_is_never_billed(self):
        self.company.payments_invoicing_method = "automatic"
        meeting = self.book()
        self.assertFalse(meeting.invoice_id)
        meeting.service_id = self.service
        self.assertEqual(meeting.payment_status, "scheduled")

    def test_automatic_booking_is_never_refused(self):
        self.company.payments_invoicing_method = "automatic"
        self.company.payments_journal_id = False
        self.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", self.company.id)]
        ).sudo().active = False
        booking = self.book(service_id=self.service.id)
        self.assertEqual(booking.payment_status, "to_invoice")

    def test_whoever_plans_it_the_companys_rule_bills_it(self):
        self.company.payments_invoicing_method = "automatic"
        receptionist = self.hire(
            "reception", "konfidens_payments.group_payments_user_all"
        )
        booking = (
            self.env["calendar.event"]
            .with_user(receptionist)
            .create(
                {
                    "name": "Third talk",
                    "start": datetime(2026, 11, 10, 9),
                    "stop": datetime(2026, 11, 10, 10),
                    "user_id": self.practitioner.id,
                    "partner_ids": [(6, 0, self.client.ids)],
                    "service_id": self.service.id,
                }
            )
        )
        self.assertEqual(booking.sudo().payment_status, "scheduled")

    def test_many_at_once(self):
        self.company.payments_invoicing_method = "automatic"
        values = {
            "name": "Talk",
            "user_id": self.practitioner.id,
            "partner_ids": [(6, 0, self.client.ids)],
            "service_id": self.service.id,
        }
        bookings = (
            self.env["calendar.event"]
            .with_user(self.practitioner)
            .create(
                [
                    {
                        **values,
                        "start": datetime(2026, 11, 10 + day, 9),
                        "stop": datetime(2026, 11, 10 + day, 10),
                    }
                    for day in range(5)
                ]
            )
            .sudo()
        )
        self.assertEqual(len(bookings.invoice_id), 5)
        self.assertEqual(set(bookings.mapped("payment_status")), {"scheduled"})

    def test_journal_of_the_settings_is_used(self):
        journal = self.company_data["default_journal_sale"].sudo().copy()
        self.company.payments_journal_id = journal
        self.assertEqual(self.draft().journal_id, journal)

    # === ANOTHER METHOD === #

    def test_manual_becomes_automatic(self):
        booking = self.book(service_id=self.service.id)
        booking.invoicing_method = "automatic"
        self.assertEqual(booking.payment_status, "scheduled")

    def test_automatic_becomes_manual(self):
        booking = self.book(service_id=self.service.id, invoicing_method="automatic")
        booking.invoicing_method = "manual"
        self.assertEqual(booking.payment_status, "draft")
        self.assertEqual(booking.invoice_id.payment_message_ids.state, "cancelled")

    def test_method_on_the_draft_follows_and_leads(self):
        move = self.draft()
        self.assertEqual(move.invoicing_method, "manual")
        move.invoicing_method = "automatic"
        self.assertEqual(move.booking_ids.invoicing_method, "automatic")
        self.assertEqual(move.payment_message_state, "scheduled")
        move.booking_ids.invoicing_method = "manual"
        self.assertEqual(move.invoicing_method, "manual")
        self.assertFalse(move.payment_message_state)

    def test_bill_externally_cancels_draft_and_message(self):
        booking = self.book(service_id=self.service.id, invoicing_method="automatic")
        move = booking.invoice_id
        booking = self.as_practitioner(booking)
        booking.action_bill_externally()
        booking.external_reference = "EPJ-77"
        self.assertRecordValues(
            booking,
            [
                {
                    "payment_status": "external",
                    "is_settled": True,
                    "invoice_id": False,
                    "external_reference": "EPJ-77",
                    "externally_billed_by_id": self.practitioner.id,
                    "externally_billed_on": datetime(2026, 11, 1, 8),
                }
            ],
        )
        self.assertEqual(move.state, "cancel")
        self.assertTrue(move.externally_billed)
        self.assertEqual(move.payment_message_ids.state, "cancelled")

    def test_bill_externally_from_the_draft_and_back(self):
        move = self.draft()
        booking = move.booking_ids
        move.action_bill_externally()
        self.assertEqual(booking.payment_status, "external")
        booking.action_create_invoice()
        self.assertEqual(booking.payment_status, "draft")
        self.assertFalse(booking.externally_billed_by_id)
        self.assertNotEqual(booking.invoice_id, move)

    def test_completed_invoice_is_credited_before_billing_externally(self):
        move = self.draft()
        move.action_complete_invoice()
        with self.assertRaisesRegex(UserError, "is completed. Credit it first"):
            move.booking_ids.action_bill_externally()
        self.assertEqual(move.booking_ids.payment_status, "unpaid")

    # === THE DIALOG === #

    def test_dialog_offers_the_practices_timing(self):
        move = self.draft()
        self.send(move, send_mode="timing")
        message = move.payment_message_ids
        self.assertEqual(message.scheduled_date, datetime(2026, 11, 10, 10, 15))
        move.booking_ids.write(
            {
                "start": datetime(2026, 11, 12, 9),
                "stop": datetime(2026, 11, 12, 10),
            }
        )
        self.assertEqual(message.scheduled_date, datetime(2026, 11, 12, 10, 15))

    def test_chosen_time_stays_when_the_appointment_moves(self):
        move = self.draft()
        later = self.now() + timedelta(days=20)
        message = self.send(move, send_mode="later", scheduled_date=later)
        move.booking_ids.write(
            {
                "start": datetime(2026, 11, 12, 9),
                "stop": datetime(2026, 11, 12, 10),
            }
        )
        self.assertEqual(message.scheduled_date, later)
