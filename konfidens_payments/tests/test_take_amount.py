from datetime import date, datetime

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .desk_common import DeskCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestTakeAmount(DeskCommon):
    """How much is taken at the desk, and what the payer is told then."""

    given_by = "draft"

    # === HOW MUCH === #

    def test_a_part_and_the_rest(self):
        move = self.given
        wizard = self.take(self.as_practitioner(move), amount=400.0)
        self.assertEqual(move.booking_ids.payment_status, "partial")
        self.assertIn("850.00 is left to pay", wizard.result)
        wizard = self.dialog(self.as_practitioner(move.booking_ids))
        self.assertEqual(wizard.amount, 850.0)
        wizard.action_take()
        self.assertEqual(self.payments(move).mapped("amount"), [400.0, 850.0])
        self.assertEqual(move.booking_ids.payment_status, "paid")

    def test_amounts_that_are_not_taken(self):
        move = self.given
        wizard = self.dialog(self.as_practitioner(move))
        for amount, words in {
            1250.01: "1,250.00 is left to pay. Take no more",
            0.0: "above zero",
            -100.0: "above zero",
        }.items():
            wizard.amount = amount
            with self.assertRaisesRegex(UserError, words):
                wizard.action_take()
        self.assertEqual(move.state, "draft")
        self.assertFalse(self.payments(move))

    def test_deposit_on_the_draft_is_not_taken_again(self):
        move = self.given
        self.pay(move, amount=250.0)
        wizard = self.dialog(self.as_practitioner(move))
        self.assertEqual(wizard.amount_left, 1000.0)
        wizard.action_take()
        self.assertEqual(move.amount_residual, 0.0)

    def test_foreign_currency(self):
        currency = self.setup_other_currency("EUR", rates=[("2026-11-01", 2.0)])
        move = self.draft()
        move.currency_id = currency
        wizard = self.take(self.as_practitioner(move), amount=50.0)
        self.assertEqual(move.amount_residual, 1200.0)
        self.assertIn("€", wizard.result)
        payment = self.payments(move)
        self.assertEqual((payment.currency_id, payment.amount), (currency, 50.0))

    def test_till_for_another_currency(self):
        currency = self.setup_other_currency("EUR")
        euros = self.add_method(
            "Euros in cash",
            self.till.copy({"name": "Euros", "code": "EUR1"}),
        )
        euros.journal_id.currency_id = currency
        move = self.posted()
        wizard = self.dialog(self.as_practitioner(move))
        self.assertNotIn(euros, wizard.available_method_ids)
        wizard.method_id = euros
        with self.assertRaisesRegex(UserError, "takes money in USD"):
            wizard.action_take()

    def test_instalments(self):
        self.client.property_payment_term_id = self.env["account.payment.term"].create(
            {
                "name": "Half and half",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (0, 30)
                ],
            }
        )
        move = self.posted()
        wizard = self.dialog(self.as_practitioner(move))
        self.assertEqual((wizard.amount_left, wizard.amount), (1250.0, 625.0))
        wizard.action_take()
        self.assertEqual(move.amount_residual, 625.0)
        self.take(self.as_practitioner(move), amount=625.0)
        self.assertEqual(move.booking_ids.payment_status, "paid")

    def test_paid_on_the_day_of_the_practice(self):
        self.company.partner_id.tz = "Europe/Oslo"
        with freeze_time("2026-11-22 23:30:00"):
            move = self.posted()
            self.take(self.as_practitioner(move))
        self.assertEqual(self.payments(move).date, date(2026, 11, 23))

    # === ITS MESSAGE === #

    def test_scheduled_message_is_called_off(self):
        move = self.given
        message = self.send(
            move, send_mode="later", scheduled_date=datetime(2026, 12, 1)
        )
        self.take(self.as_practitioner(move))
        self.assertEqual(message.state, "cancelled")
        self.assert_paid(move, 1250.0, self.cash)

    def test_message_that_waits_in_the_queue_is_called_off(self):
        move = self.given
        message = self.send(move)
        with self.enter_registry_test_mode():
            message.sudo()._hand_over()
        self.env.invalidate_all()
        self.take(self.as_practitioner(move))
        self.assertEqual(message.state, "cancelled")
        with self.mock_mail_gateway():
            self.send_due()
        self.assertFalse(self._mails)

    def test_message_tells_the_rest(self):
        for name, hand_over in {"scheduled": False, "in the queue": True}.items():
            with self.subTest(name):
                move = self.draft()
                message = self.send(move)
                if hand_over:
                    with self.enter_registry_test_mode():
                        message.sudo()._hand_over()
                    self.env.invalidate_all()
                self.take(self.as_practitioner(move), amount=400.0)
                with self.mock_mail_gateway():
                    self.send_due()
                [mail] = self._mails
                self.assertIn("850.00", mail["body"])
                self.assertNotIn("1,250.00", mail["body"])

    def test_told_already(self):
        move = self.sent()
        self.take(self.as_practitioner(move))
        self.assert_paid(move, 1250.0, self.cash)
        self.complete_delivered()
        self.assertEqual(move.booking_ids.payment_status, "paid")

    def test_needs_attention_no_more(self):
        move = self.given
        self.send(move)
        with self.mail_server(self.refuse(550, b"No such user")):
            self.send_due()
            self.complete_delivered()
        self.assertTrue(move.activity_ids)
        self.take(self.as_practitioner(move))
        self.assertFalse(move.activity_ids)
        self.assertEqual(move.booking_ids.payment_status, "paid")
