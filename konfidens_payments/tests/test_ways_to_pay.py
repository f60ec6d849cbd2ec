from lxml import html

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .desk_common import DeskCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestOnThePhone(DeskCommon):
    """The pay link as a code on the screen, and the receipt."""

    given_by = "draft"

    # === ON THE CLIENT'S PHONE === #

    def test_code_for_the_client_s_phone(self):
        move = self.given
        wizard = self.dialog(self.as_practitioner(move))
        wizard.action_show_link()
        self.assertEqual((wizard.step, move.state), ("link", "posted"))
        self.assertIn("data:image/png;base64,", wizard.qr_code)
        self.assert_page(move, "to_pay", "$ 1,250.00")
        self.pay(move)
        self.env.invalidate_all()
        self.assertEqual(wizard.step, "paid")
        self.assertIn("is paid", wizard.result)
        self.assertFalse(wizard.has_receipt)

    def test_back_from_the_code(self):
        move = self.given
        wizard = self.dialog(self.as_practitioner(move))
        wizard.action_show_link()
        wizard.action_take_otherwise()
        self.assertEqual(wizard.step, "take")
        wizard.action_take()
        self.assert_paid(move, 1250.0, self.cash)

    # === RECEIPT === #

    def receipt(self, user, payment):
        self.env.flush_all()
        # as Odoo's tests make passwords
        self.authenticate(user.login, user.login.ljust(8, "x"))
        return self.url_open(f"/konfidens_payments/receipt/{payment.id}")

    def test_receipt(self):
        move = self.given
        wizard = self.take(self.as_practitioner(move))
        self.assertTrue(wizard.has_receipt)
        payment = self.payments(move)
        self.assertIn(str(payment.id), wizard.action_print_receipt()["url"])
        mine = self.as_practitioner(move)
        self.assertTrue(mine.has_desk_payment)
        self.assertIn(str(payment.id), mine.action_print_receipt()["url"])
        self.patch(
            type(self.env["ir.actions.report"]),
            "get_wkhtmltopdf_state",
            lambda _self: "install",
        )
        answer = self.receipt(self.practitioner, payment)
        self.assertEqual(answer.status_code, 200)
        self.assertIn(move.name, answer.text)
        text = " ".join(html.fromstring(answer.text).text_content().split())
        self.assertIn("Payment Method: Cash", text)
        self.assertNotIn("Manual", text)
        for secret in ("Trauma", "Depression", "private"):
            self.assertNotIn(secret, answer.text)
        for user in (self.colleague, self.employee, self.auditor):
            self.assertEqual(self.receipt(user, payment).status_code, 404)

    def test_receipt_of_what_was_not_taken_at_the_desk(self):
        move = self.posted()
        self.pay(move)
        payment = self.payments(move)
        self.assertFalse(move.has_desk_payment)
        with self.assertRaisesRegex(UserError, "was paid at the desk"):
            self.as_practitioner(move).action_print_receipt()
        self.assertEqual(self.receipt(self.practitioner, payment).status_code, 404)
        self.assertEqual(
            self.url_open("/konfidens_payments/receipt/0").status_code, 404
        )


@tagged("post_install", "-at_install")
class TestWaysToPay(DeskCommon):
    """The practice's list of ways to pay."""

    def test_head_names_and_orders_them_and_chooses_no_journal(self):
        method = self.vipps.with_user(self.head)
        method.write({"name": "Vipps at the desk", "pay_to": "54321", "sequence": 1})
        for values in ({"journal_id": self.till.id}, {"company_id": 1}):
            with self.assertRaisesRegex(AccessError, "chosen by an accountant"):
                method.write(values)
        for user in (self.practitioner, self.secretary, self.accountant):
            with self.assertRaises(AccessError):
                self.vipps.with_user(user).name = "Mine"
        with self.assertRaises(AccessError):
            self.vipps.with_user(self.employee).read(["name"])
        for user in (self.practitioner, self.secretary, self.head):
            theirs = self.vipps.with_user(user)
            self.assertEqual(theirs.read(["pay_to"])[0]["pay_to"], "54321")
            with self.assertRaises(AccessError):
                theirs.read(["journal_id"])

    def test_only_journals_of_money(self):
        with self.assertRaisesRegex(ValidationError, "No money is taken"):
            self.add_method("Sales", self.company_data["default_journal_sale"])
        with self.assertRaisesRegex(ValidationError, "takes no payments by this"):
            self.cash.payment_method_line_id = (
                self.bank.inbound_payment_method_line_ids[:1]
            )

    def test_those_of_another_company_are_not_offered(self):
        other = self.setup_other_company(name="Praksis Sor")
        theirs = self.add_method("Their cash", other["default_journal_cash"])
        wizard = self.dialog(self.as_practitioner(self.posted()))
        self.assertNotIn(theirs, wizard.available_method_ids)
        wizard.sudo().method_id = theirs
        with self.assertRaisesRegex(UserError, "Choose one of the ways"):
            wizard.action_take()
        found = self.env["konfidens.payment.method"].with_user(self.secretary)
        self.assertNotIn(theirs, found.search([]))

    def test_branch_takes_money_as_its_company_does(self):
        branch = self.env["res.company"].create(
            {"name": "Praksis Vest, filial", "parent_id": self.company.id}
        )
        self.cr.precommit.run()  # when Odoo gives it the accounts of its company
        branch.payments_active = True
        there = self.hire(
            "there", "konfidens_payments.group_payments_user", company=branch
        )
        event = self.book(user_id=there.id, service_id=self.service.id)
        booking = self.booking_of(event).with_user(there).with_company(branch)
        self.assertEqual(booking.company_id, branch)
        self.take(booking)
        move = booking.sudo().invoice_id
        self.assertEqual(move.company_id, branch)
        self.assertEqual(move.booking_ids.payment_status, "paid")
        self.assertEqual(self.payments(move).payments_method_id, self.cash)
