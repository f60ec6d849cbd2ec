from datetime import date
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .desk_common import DeskCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestDaySettlement(DeskCommon):
    """What was taken on a day by each way to pay, and what was counted."""

    given_by = "draft"

    def days(self, user=None):
        """Open the list of settlements; return the open ones, the earliest first."""
        days = self.env["konfidens.payment.day"].with_user(user or self.secretary)
        days.action_view_days()
        self.env.flush_all()
        self.env.invalidate_all()
        return days.search([("state", "=", "open")], order="date")

    def line(self, day, method):
        return day.line_ids.filtered(lambda line: line.method_id == method)

    def taken(self, day):
        """Return what was taken, by the name of the way: a dict."""
        self.env.flush_all()
        self.env.invalidate_all()
        return {line.method_id.name: line.taken for line in day.line_ids}

    def test_payment_that_goes_into_another_journal(self):
        self.take(self.given)
        payment = self.env["account.payment"].search([], order="id desc", limit=1)
        payment.sudo().action_draft()
        payment.sudo().journal_id = self.bank
        self.assertEqual(payment.sudo().payments_method_id.journal_id, self.bank)
        payment.sudo().action_post()
        (day,) = self.days()
        self.close(day)
        payment.invalidate_recordset()
        payment.sudo().action_draft()
        with self.assertRaisesRegex(UserError, "stays in its journal"):
            payment.sudo().journal_id = self.till

    def count(self, day):
        """Count what was taken, as it should be."""
        for line in day.line_ids:
            line.counted = line.taken

    def close(self, day):
        self.count(day)
        day.action_close()
        self.env.flush_all()
        self.env.invalidate_all()

    # === WHAT WAS TAKEN === #

    def test_each_way_to_pay(self):
        self.take(self.as_practitioner(self.given))
        self.take(self.as_practitioner(self.draft()), amount=250.0)
        self.take(self.as_practitioner(self.draft()), self.card)
        self.pay(self.posted())  # by a transfer, at the accountant's
        day = self.days()
        self.assertEqual(day.date, date(2026, 11, 22))
        self.assertEqual(
            self.taken(day), {"Cash": 1500.0, "Card terminal": 1250.0, "Vipps": 0.0}
        )

    def test_whoever_puts_it_into_the_cash_box(self):
        self.pay(self.posted(), journal_id=self.till.id, amount=300.0)
        refund = self.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_id": self.client.id,
                "amount": 100.0,
                "journal_id": self.till.id,
            }
        )
        refund.action_post()
        self.assertEqual(self.taken(self.days())["Cash"], 200.0)

    def test_day_of_the_practice(self):
        self.company.partner_id.tz = "Europe/Oslo"
        with freeze_time("2026-11-22 23:30:00"):
            self.take(self.as_practitioner(self.draft()))
            self.assertEqual(self.days().date, date(2026, 11, 23))

    def test_foreign_money_has_a_row_of_its_own(self):
        currency = self.setup_other_currency("EUR", rates=[("2026-11-01", 2.0)])
        move = self.draft()
        move.currency_id = currency
        self.take(self.as_practitioner(move), amount=50.0)
        self.take(self.as_practitioner(self.draft()))
        rows = self.line(self.days(), self.cash)
        self.assertEqual(
            {row.currency_id.name: row.taken for row in rows},
            {"USD": 1250.0, "EUR": 50.0},
        )

    def test_of_another_company(self):
        other = self.setup_other_company(name="Praksis Sor")
        self.add_method("Their cash", other["default_journal_cash"])
        self.take(self.as_practitioner(self.draft()))
        day = self.days()
        self.assertEqual(day.company_id, self.company)
        day.sudo()._open_days(other["company"])
        theirs = day.sudo().search([("company_id", "=", other["company"].id)])
        self.assertEqual(self.taken(theirs), {"Their cash": 0.0})
        with self.assertRaises(AccessError):
            theirs.with_user(self.secretary).read(["date"])

    # === CLOSING === #

    def test_closing(self):
        self.take(self.as_practitioner(self.given))
        day = self.days()
        with Form(day) as form, form.line_ids.edit(0) as row:
            row.counted = 1250.0
            self.assertEqual(row.difference, 0.0)
        day.action_close()
        self.assertEqual((day.state, day.closed_by_id), ("closed", self.secretary))
        self.assertTrue(day.closed_on)
        self.assertEqual(self.taken(day)["Cash"], 1250.0)

    def test_difference_needs_a_reason(self):
        self.take(self.as_practitioner(self.given))
        day = self.days()
        cash = self.line(day, self.cash)
        cash.counted = 1200.0
        self.assertEqual(cash.difference, -50.0)
        for reason in (False, " "):
            cash.reason = reason
            with self.assertRaisesRegex(UserError, "Cash: .*1,250.00 was taken"):
                day.action_close()
        cash.reason = "50 too much given back"
        day.action_close()
        self.assertEqual((day.state, cash.difference), ("closed", -50.0))

    def test_closed_stays_for_everybody(self):
        self.take(self.as_practitioner(self.given))
        day = self.days()
        self.close(day)
        line = self.line(day, self.cash)
        for act in (
            lambda: line.write({"counted": 1.0}),
            lambda: line.sudo().write({"reason": "Other"}),
            lambda: line.sudo().unlink(),
            lambda: day.sudo().write({"state": "open"}),
            lambda: day.sudo().unlink(),
            lambda: day.sudo().line_ids.copy({"currency_id": 1, "day_id": day.id}),
            day.action_close,
        ):
            with self.assertRaisesRegex(UserError, "is closed, so it stays"):
                act()

    def test_taken_after_closing_is_settled_the_next_day(self):
        self.take(self.as_practitioner(self.given))
        day = self.days()
        self.close(day)
        self.take(self.as_practitioner(self.draft()), amount=100.0)
        self.assertEqual(self.taken(day)["Cash"], 1250.0)
        self.assertFalse(self.days())
        with freeze_time("2026-11-23 09:00:00"):
            tomorrow = self.days()
            self.assertEqual(tomorrow.date, date(2026, 11, 23))
            self.assertEqual(self.taken(tomorrow)["Cash"], 100.0)
            self.close(tomorrow)
        with freeze_time("2026-11-24 09:00:00"):
            self.assertEqual(self.taken(self.days())["Cash"], 0.0)

    def test_cancelled_after_closing_is_settled_the_next_day(self):
        move = self.given
        self.take(self.as_practitioner(move))
        payment = self.payments(move)
        day = self.days()
        self.close(day)
        with self.assertRaisesRegex(UserError, "so it stays. Cancel it instead"):
            payment.action_draft()
            payment.unlink()
        payment.action_cancel()
        self.assertEqual(self.taken(day)["Cash"], 1250.0)
        with freeze_time("2026-11-23 09:00:00"):
            self.assertEqual(self.taken(self.days())["Cash"], -1250.0)

    def test_day_that_was_forgotten(self):
        self.days()
        self.close(self.days())
        with freeze_time("2026-11-23 09:00:00"):
            self.take(self.as_practitioner(self.draft()), amount=100.0)
        with freeze_time("2026-11-25 09:00:00"):
            self.take(self.as_practitioner(self.draft()), amount=200.0)
            first, second = self.days()
            self.assertEqual(
                [(day.date.day, self.taken(day)["Cash"]) for day in first + second],
                [(23, 100.0), (25, 200.0)],
            )
            # in whatever order they are closed
            self.close(second)
            self.assertEqual(self.taken(first)["Cash"], 100.0)
            self.close(first)
            self.assertFalse(self.days())

    def test_first_settlement_has_what_was_taken_before(self):
        with freeze_time("2026-11-20 09:00:00"):
            self.take(self.as_practitioner(self.draft()), amount=100.0)
        self.take(self.as_practitioner(self.draft()), amount=200.0)
        day = self.days()
        self.assertEqual(self.taken(day)["Cash"], 300.0)

    def test_payment_that_comes_while_somebody_counts(self):
        day = self.days()
        seen = day.taken_total
        self.take(self.as_practitioner(self.draft()))
        self.line(day, self.cash).reason = "Something else"
        with self.assertRaisesRegex(UserError, "taken or changed meanwhile"):
            day.with_context(konfidens_payments_taken=seen).action_close()
        self.assertEqual(day.state, "open")

    def test_money_of_another_kind_that_comes_while_somebody_counts(self):
        day = self.days()
        swish = self.add_method("Swish", self.bank)
        self.take(self.as_practitioner(self.draft()), swish)
        action = day.action_close()
        self.assertIn("Swish", action["params"]["message"])
        self.assertEqual(day.state, "open")
        self.assertEqual(self.taken(day)["Swish"], 1250.0)
        self.close(day)
        self.assertEqual(day.state, "closed")

    def test_day_to_come(self):
        days = self.env["konfidens.payment.day"].sudo()
        day = days.create({"date": "2026-11-30", "company_id": self.company.id})
        with self.assertRaisesRegex(UserError, "still to come"):
            day.action_close()

    @mute_logger("odoo.sql_db")
    def test_one_settlement_a_day(self):
        day = self.days().sudo()
        with self.assertRaises(UniqueViolation), self.cr.savepoint():
            day.copy()

    def test_two_open_the_list_at_once(self):
        days = self.days()
        model = self.env.registry["konfidens.payment.day"]

        def see_nothing(records, *_args, **_options):
            return records.browse()  # the other one's is not committed yet

        with (
            patch.object(model, "search", see_nothing),
            mute_logger("odoo.sql_db"),
            self.assertRaises(ConcurrencyError),
        ):
            days.action_view_days()

    def test_screen_says_what_it_showed(self):
        """The form is saved before it closes the day: see day_closing.js."""
        arch = self.env["konfidens.payment.day"].get_view(view_type="form")["arch"]
        self.assertIn('js_class="konfidens_payments_day_form"', arch)

    # === WHO MAY === #

    def test_who_may(self):
        self.take(self.as_practitioner(self.given))
        day = self.days()
        for user in (self.practitioner, self.employee):
            with self.assertRaises(AccessError):
                day.with_user(user).action_view_days()
            with self.assertRaises(AccessError):
                day.with_user(user).read(["date"])
        self.assertTrue(day.with_user(self.auditor).line_ids.mapped("taken"))
        with self.assertRaises(AccessError):
            day.with_user(self.auditor).action_close()
        with self.assertRaises(AccessError):
            self.line(day, self.cash).with_user(self.auditor).counted = 1.0
        for user in (self.secretary, self.head, self.accountant):
            line = self.line(day, self.cash).with_user(user)
            line.counted = 1250.0
            for values in ({"taken_when_closed": 1.0}, {"method_id": self.card.id}):
                with self.assertRaises(AccessError):
                    line.write(values)
            with self.assertRaises(AccessError):
                day.with_user(user).write({"state": "closed"})
            with self.assertRaises(AccessError), self.cr.savepoint():
                day.with_user(user).create(
                    {"date": "2026-11-23", "company_id": self.company.id}
                )
            with self.assertRaises(AccessError), self.cr.savepoint():
                day.with_user(user).unlink()
        day.with_user(self.accountant).action_close()

    def test_accountant_writes_nothing_of_it_on_payments(self):
        move = self.posted()
        self.take(self.as_practitioner(move))
        payment = self.payments(move).with_user(self.accountant)
        for values in (
            {"payments_method_id": self.card.id},
            {"payments_settled_amount": 1250.0},
        ):
            with self.assertRaisesRegex(AccessError, "where it is taken"):
                payment.write(values)
            with self.assertRaisesRegex(AccessError, "where it is taken"):
                payment.create({"amount": 1.0, **values})

    # === PRINTED === #

    def test_printed(self):
        move = self.given
        self.take(self.as_practitioner(move), reference="Slip 77")
        day = self.days()
        self.close(day)
        report = self.env["ir.actions.report"].with_user(self.secretary)
        page, _type = report._render_qweb_html(
            "konfidens_payments.report_payment_day", day.ids
        )
        page = page.decode()
        for word in (move.name, "Slip 77", "Per Practitioner", "Closed by", "Vipps"):
            self.assertIn(word, page)
        for secret in ("Nordmann", "Trauma", "Depression"):
            self.assertNotIn(secret, page)
