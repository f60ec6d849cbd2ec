from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .receipt_common import ReceiptCommon


@tagged("post_install", "-at_install")
class TestReceiptFate(ReceiptCommon):
    """A receipt that does not arrive asks the responsible person once, and no more."""

    given_by = "posted"

    def fail(self, moves):
        """Let the receipt of these invoices be refused; return it."""
        self.pay(moves)
        return self.fail_paid(moves)

    def fail_paid(self, moves):
        self.make_receipts()
        with self.mail_server(self.refuse(550, b"5.1.1 No such mailbox")):
            self.send_due()
        self.complete_delivered()
        return self.receipts(moves)

    def test_asks_once_and_changes_nothing_of_the_invoice(self):
        move = self.given
        self.pay(move)
        before = move.read(["state", "payment_state", "payment_message_state", "name"])
        receipt = self.fail_paid(move)
        self.assertEqual(receipt.state, "failed")
        self.assertIn("The receipt did not reach", receipt.story)
        self.assertEqual(
            move.read(["state", "payment_state", "payment_message_state", "name"]),
            before,
        )
        self.assertEqual(move.booking_ids.payment_status, "paid")
        [activity] = self.activities(move)
        self.assertEqual(activity.summary, "The receipt needs you")
        self.assertIn("No such mailbox", activity.note)
        self.assertEqual(self.work(), [])
        self.assertEqual(self.activities(move), activity)

    def test_sent_again_by_hand(self):
        move = self.given
        receipt = self.fail(move)
        self.as_practitioner(receipt).action_retry()
        [mail] = self.work()
        self.assertEqual(len(mail["attachments"]), 1)
        self.assertEqual(self.receipts(move).mapped("state"), ["failed", "delivered"])
        self.assertFalse(self.activities(move))
        with self.assertRaisesRegex(UserError, "has changed meanwhile"):
            self.as_practitioner(receipt).action_retry()

    def test_not_sent_again_of_what_is_not_paid_any_more(self):
        move = self.given
        receipt = self.fail(move)
        self.undo_payment(move)
        with self.assertRaisesRegex(UserError, "is not paid"):
            self.as_practitioner(receipt).action_retry()

    def test_other_channel_takes_its_place(self):
        self.company.payments_failover = True
        move = self.posted()
        failed, other = self.fail(move)
        self.assertEqual((failed.state, failed.channel), ("failed", "email"))
        self.assertEqual((other.state, other.channel), ("scheduled", "sms"))
        self.assertEqual(other.kind, "receipt")
        self.assertFalse(self.activities(move))

    def test_came_back(self):
        move = self.given
        self.pay(move)
        self.work()
        receipt = self.receipts(move)
        self.assertEqual(receipt.state, "delivered")
        receipt.notification_ids.write(
            {"notification_status": "bounce", "failure_type": "mail_bounce"}
        )
        self.assertEqual(receipt.state, "failed")
        self.assertEqual(len(self.activities(move)), 1)
        self.as_practitioner(receipt).action_retry()
        self.assertEqual(len(self.work()), 1)

    def test_no_address(self):
        move = self.given
        self.client.write({"email": False, "phone": False})
        self.pay(move)
        self.assertEqual(self.work(), [])
        self.assertEqual(self.receipts(move).state, "failed")
        [activity] = self.activities(move)
        self.assertIn("no e-mail address", activity.note)

    def test_of_several_asks_on_one_of_them(self):
        moves = self.given + self.posted()
        receipt = self.fail(moves)
        self.assertEqual(receipt.state, "failed")
        self.assertEqual(len(self.activities(moves)), 1)
        self.as_practitioner(receipt).action_retry()
        [mail] = self.work()
        self.assertEqual(len(mail["attachments"]), 2)
        self.assertFalse(self.activities(moves))

    def test_paid_back_meanwhile_asks_nobody(self):
        move = self.given
        self.pay(move)
        self.make_receipts()
        with self.mail_server(self.refuse(550, b"5.1.1 No such mailbox")):
            self.send_due()
        self.undo_payment(move)
        self.complete_delivered()
        self.assertFalse(self.activities(move))

    def test_unexpected_error_asks_once_and_stops_no_other(self):
        move, theirs = self.posted(), self.posted_of(self.other_client)
        self.pay(move + theirs)
        original = type(move)._prepare_receipt_values

        def prepare(one, *args):
            if one.partner_id == self.client:
                raise ValueError("a mistake")
            return original(one, *args)

        with (
            patch.object(type(move), "_prepare_receipt_values", prepare),
            self.assertLogs("odoo.addons.konfidens_payments.tools", "WARNING"),
        ):
            [mail] = self.work()
        self.assertIn("ola@example.com", mail["email_to"][0])
        self.assertEqual(len(self.activities(move)), 1)
        self.assertEqual(self.work(), [])
