from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PaymentsCommon

MACHINE = "psycopg2|violates|constraint|relation|unexpected error|null value|DETAIL"


@tagged("post_install", "-at_install")
class TestReasons(PaymentsCommon):
    """Why something cannot be is said in words, and not as the database says it."""

    def without_income_account(self):
        self.company_data["default_journal_sale"].default_account_id = False
        for name in ("property_account_income_id", "property_account_income_categ_id"):
            for record in (self.service, self.service.categ_id, self.company):
                if name in record._fields:
                    record[name] = False
        self.env["ir.default"].search(
            [("field_id.name", "like", "property_account_income%")]
        ).unlink()
        if "income_account_id" in self.company._fields:
            self.company.income_account_id = False

    def notes_to(self, user):
        return (
            self.env["mail.message"]
            .sudo()
            .search([("partner_ids", "in", user.partner_id.ids)])
            .mapped("body")
        )

    def assert_in_words(self, text, words):
        self.assertRegex(text, words)
        self.assertNotRegex(text, MACHINE)

    @mute_logger("odoo.sql_db", "odoo.addons.konfidens_payments.tools")
    def test_no_income_account(self):
        self.without_income_account()
        booking = self.booking_of(
            self.book(service_id=self.service.id, invoicing_method="automatic")
        )
        self.assertEqual(booking.payment_status, "to_invoice")
        [note] = [
            note
            for note in self.notes_to(self.practitioner)
            if "could not be made" in note
        ]
        self.assert_in_words(note, "there is no income account")

    @mute_logger("odoo.sql_db", "odoo.addons.konfidens_payments.tools")
    def test_no_income_account_in_a_billing_run(self):
        self.without_income_account()
        booking = self.booking_of(self.book_externally(service_id=self.service.id))
        run = self.env["konfidens.payment.run"].create(
            {"booking_ids": [(6, 0, booking.ids)], "send_mode": "draft"}
        )
        run.action_run()
        self.run_cron("run")
        self.assertEqual(run.line_ids.result, "failed")
        self.assert_in_words(run.line_ids.details, "there is no income account")

    @mute_logger("odoo.sql_db", "odoo.addons.konfidens_payments.tools")
    def test_number_that_another_invoice_has(self):
        other = self.posted()
        move = self.draft()
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        move.sudo().name = other.name
        self.complete_delivered()
        self.assertEqual(move.state, "draft")
        self.assert_in_words(
            move.payment_completion_problem, "another invoice has this number already"
        )
