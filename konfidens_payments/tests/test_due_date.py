from datetime import date, datetime

from odoo import fields
from odoo.exceptions import RedirectWarning
from odoo.tests import freeze_time, tagged

from .common import PaymentsCommon


@freeze_time("2026-12-01 09:00:00")
@tagged("post_install", "-at_install")
class TestDueDate(PaymentsCommon):
    """The dates of an invoice are those of the day when it is completed."""

    given_by = "draft"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Europe/Oslo"
        cls.accountant.tz = "UTC"

    def no_terms(self):
        """Let neither practice nor payer have payment terms, as in a new Odoo."""
        self.company.payments_payment_term_id = False

    def complete_at(self, move, moment):
        with freeze_time(moment):
            move.action_complete_invoice()

    def deliver_at(self, move, moment):
        with freeze_time(moment):
            self.send(move)
            with self.mock_mail_gateway():
                self.send_due()
            self.complete_delivered()

    def assert_dates(self, move, day, due):
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertRecordValues(
            move,
            [
                {
                    "state": "posted",
                    "invoice_date": fields.Date.to_date(day),
                    "date": fields.Date.to_date(day),
                    "invoice_date_due": fields.Date.to_date(due),
                }
            ],
        )
        terms = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        self.assertEqual(max(terms.mapped("date_maturity")), move.invoice_date_due)

    # === DUE DATE === #

    def test_practice_proposes_fourteen_days(self):
        move = self.given
        self.assertEqual(self.company.payments_payment_term_id.name, "14 Days")
        self.complete_at(move, "2026-12-22 09:00")
        self.assert_dates(move, "2026-12-22", "2027-01-05")

    def test_new_company_proposes_it_too(self):
        company = self.env["res.company"].create({"name": "Praksis Øst"})
        self.assertEqual(company.payments_payment_term_id.name, "14 Days")

    def test_nobody_is_overdue_when_first_told(self):
        self.no_terms()
        move = self.draft()  # booked on the 1st
        self.deliver_at(move, "2026-12-22 09:00")
        self.assert_dates(move, "2026-12-22", "2026-12-22")

    def test_terms_of_the_payer_come_first(self):
        month = self.env.ref("account.account_payment_term_30days")
        self.client.property_payment_term_id = month
        move = self.draft()
        self.complete_at(move, "2026-12-22 09:00")
        self.assert_dates(move, "2026-12-22", "2027-01-21")

    def test_another_payer_brings_his_terms(self):
        month = self.env.ref("account.account_payment_term_30days")
        self.client.property_payment_term_id = month
        move = self.draft()
        other = self.env["res.partner"].create({"name": "Employer"})
        move.booking_ids.payer_id = other
        self.assertEqual(move.partner_id, other)
        self.complete_at(move, "2026-12-22 09:00")
        self.assert_dates(move, "2026-12-22", "2027-01-05")

    def test_invoices_of_no_appointment_have_terms_as_in_odoo(self):
        move = self.init_invoice(
            "out_invoice", partner=self.client, products=self.service
        )
        self.assertFalse(move.invoice_payment_term_id)
        with freeze_time("2026-12-22 09:00"):
            move.invoice_date = False
            move.action_post()
        self.assertEqual(move.invoice_date_due, date(2026, 12, 1))

    def test_due_date_that_an_accountant_typed_stays(self):
        move = self.given.with_user(self.accountant)
        move.write({"invoice_payment_term_id": False, "invoice_date_due": "2027-02-01"})
        self.complete_at(move, "2026-12-22 09:00")
        self.assert_dates(move, "2026-12-22", "2027-02-01")

    # === INVOICE DATE === #

    def test_odoo_s_own_confirm_dates_it_just_so(self):
        self.no_terms()
        move = self.draft()
        with freeze_time("2026-12-22 09:00"):
            move.with_user(self.accountant).action_post()
        self.assert_dates(move, "2026-12-22", "2026-12-22")

    def test_day_is_that_of_the_company(self):
        # where the practitioner is it is the 22nd still
        self.practitioner.tz = "America/New_York"
        for terms in (True, False):
            with self.subTest(terms=terms):
                if not terms:
                    self.no_terms()
                move = self.draft(
                    start=datetime(2026, 12, 10, 9 + terms),
                    stop=datetime(2026, 12, 10, 10 + terms),
                )
                self.deliver_at(move, "2026-12-22 23:30")  # 00:30 in Oslo
                due = "2027-01-06" if terms else "2026-12-23"
                self.assert_dates(move, "2026-12-23", due)

    def test_day_of_a_company_without_time_zone_is_that_of_its_country(self):
        self.company.partner_id.write(
            {"tz": False, "country_id": self.env.ref("base.no").id}
        )
        self.practitioner.tz = "America/New_York"
        move = self.draft()
        with freeze_time("2026-12-22 23:30"):
            move.with_user(self.accountant).action_post()
        self.assert_dates(move, "2026-12-23", "2027-01-06")

    def test_day_of_a_company_in_a_country_of_many_zones(self):
        self.company.partner_id.write(
            {"tz": False, "country_id": self.env.ref("base.us").id}
        )
        self.practitioner.tz = "America/New_York"
        move = self.draft()
        self.complete_at(move, "2026-12-23 03:00")
        self.assert_dates(move, "2026-12-22", "2027-01-05")

    def test_invoice_date_that_an_accountant_typed_stays(self):
        move = self.given
        move.with_user(self.accountant).invoice_date = "2026-11-30"
        self.complete_at(move, "2026-12-22 09:00")
        self.assert_dates(move, "2026-11-30", "2026-12-14")

    def test_invoice_date_in_the_future_does_not(self):
        move = self.given
        move.with_user(self.accountant).invoice_date = "2027-03-01"
        self.deliver_at(move, "2026-12-22 09:00")
        self.assert_dates(move, "2026-12-22", "2027-01-05")

    def test_what_is_corrected_keeps_its_date(self):
        move = self.given
        self.complete_at(move, "2026-12-03 09:00")
        name = move.name
        move.with_user(self.accountant).button_draft()
        with freeze_time("2026-12-22 09:00"):
            move.with_user(self.accountant).action_post()
        self.assertEqual(move.name, name)
        self.assert_dates(move, "2026-12-03", "2026-12-17")

    # === CURRENCY RATE === #

    def foreign_draft(self):
        """Return a draft in a currency that costs more on the day of completion."""
        currency = self.setup_other_currency(
            "EUR", rates=[("2026-11-01", 2.0), ("2026-12-20", 4.0)]
        )
        self.company.payments_journal_id = self.env["account.journal"].create(
            {
                "name": "Euro",
                "code": "EURO",
                "type": "sale",
                "company_id": self.company.id,
                "currency_id": currency.id,
            }
        )
        move = self.draft()
        if move.currency_id != currency:
            move.currency_id = currency
        self.env.flush_all()
        self.assertEqual(move.invoice_currency_rate, 2.0)
        return move

    def test_rate_is_that_of_the_day(self):
        move = self.foreign_draft()
        total = move.amount_total
        self.complete_at(move, "2026-12-22 09:00")
        self.assertEqual(move.invoice_currency_rate, 4.0)
        self.assertEqual(move.amount_total, total)
        self.assertEqual(move.amount_total_signed, total / 4)

    def test_rate_is_that_of_the_day_also_after_the_draft_was_changed(self):
        move = self.foreign_draft()
        with freeze_time("2026-12-21 09:00"):
            company_currency = move.company_currency_id
            foreign = move.currency_id
            move.currency_id = company_currency
            move.currency_id = foreign
        self.assertEqual(move.invoice_currency_rate, 4.0)
        foreign.rate_ids.create(
            {
                "name": "2026-12-22",
                "rate": 5.0,
                "currency_id": foreign.id,
                "company_id": self.company.id,
            }
        )
        self.complete_at(move, "2026-12-22 09:00")
        self.assertEqual(move.invoice_currency_rate, 5.0)

    def test_rate_that_an_accountant_typed_stays(self):
        move = self.foreign_draft()
        move.with_user(self.accountant).invoice_currency_rate = 3.0
        self.complete_at(move, "2026-12-22 09:00")
        self.assertEqual(move.invoice_currency_rate, 3.0)
        self.assertEqual(move.invoice_date, date(2026, 12, 22))

    # === LOCKED BOOKS === #

    def test_books_locked_after_the_booking(self):
        for lock in (
            "fiscalyear_lock_date",
            "sale_lock_date",
            "tax_lock_date",
            "hard_lock_date",
        ):
            with self.subTest(lock=lock):
                move = self.draft()  # booked on the 1st
                with freeze_time("2026-12-22 09:00"):
                    # a hard lock is refused while drafts lie before it
                    self.company[lock] = "2026-12-15"
                    self.deliver_at(move, "2026-12-22 09:00")
                    self.assert_dates(move, "2026-12-22", "2027-01-05")

    def test_hard_lock_with_a_draft_that_an_accountant_dated(self):
        move = self.given
        move.with_user(self.accountant).invoice_date = "2026-12-10"
        with freeze_time("2026-12-22 09:00"), self.assertRaises(RedirectWarning):
            self.company.hard_lock_date = "2026-12-15"

    def test_books_locked_up_to_today_are_a_reason_not_to_send(self):
        move = self.given
        self.company.fiscalyear_lock_date = "2026-12-31"
        self.deliver_at(move, "2026-12-22 09:00")
        self.assertEqual(move.state, "draft")
        self.assertIn("locked", move.payment_message_ids.failure_reason)
