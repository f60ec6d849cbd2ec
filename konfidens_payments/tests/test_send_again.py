from lxml import etree

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import PaymentsCommon


@tagged("post_install", "-at_install")
class TestSendAgain(PaymentsCommon):
    """Payment messages about invoices that are completed already."""

    given_by = "posted"

    def deliver(self, move):
        """Send a payment message as the practitioner does; return it delivered."""
        message = self.send(self.as_practitioner(move)).sudo()
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.assertEqual(message.state, "delivered")
        return message

    def bounce(self, message):
        message.mail_message_ids.notification_ids.sudo().write(
            {"notification_status": "bounce", "failure_type": "mail_bounce"}
        )

    def test_completed_invoice_is_told_with_the_same_link(self):
        move = self.given
        url, name = move.pay_url, move.name
        message = self.deliver(move)
        self.assertIn(url, self._mails[0]["body"])
        self.assertEqual(message.amount, 1250.0)
        self.assertEqual((move.pay_url, move.name), (url, name))
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.booking_ids.payment_status, "unpaid")

    def test_story_does_not_promise_to_complete_it_again(self):
        move = self.given
        message = self.send(move)
        message.sudo()._hand_over()
        self.assertIn("was sent", move.payment_message_story)
        self.assertNotIn("completed once", move.payment_message_story)
        with self.assertRaisesRegex(UserError, "on its way already"):
            self.send(move)

    def test_practitioner_sends_again_after_a_late_bounce(self):
        move = self.draft()
        self.bounce(self.deliver(move))
        self.assertEqual(move.booking_ids.payment_status, "attention")
        self.assertTrue(move.activity_ids)
        self.client.email = "kari.nordmann@example.com"
        self.deliver(move)
        self.assertIn("kari.nordmann@example.com", self._mails[0]["email_to"][0])
        self.assertEqual(move.booking_ids.payment_status, "unpaid")
        self.assertFalse(move.activity_ids)
        self.assertFalse(move.payment_message_attention)

    def test_second_message_that_fails_needs_attention(self):
        move = self.given
        message = self.send(move)
        self.client.email = False
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(message.state, "failed")
        self.assertEqual(move.booking_ids.payment_status, "attention")
        self.assertTrue(move.payment_message_attention)
        self.assertEqual(len(move.activity_ids), 1)
        self.client.email = "kari@example.com"
        message.with_user(self.practitioner).action_retry()
        self.assertEqual(move.booking_ids.payment_status, "unpaid")
        self.assertFalse(move.activity_ids)

    def test_failure_before_completing_by_hand_keeps_its_reason(self):
        move = self.draft()
        message = self.send(move)
        message.sudo()._fail("The mail server refused it.")
        move.action_complete_invoice()
        self.assertEqual(move.booking_ids.payment_status, "unpaid")
        self.assertFalse(move.payment_message_attention)
        self.assertIn("The mail server refused it.", message.story)

    def test_partly_paid_is_asked_for_the_rest(self):
        move = self.given
        self.pay(move, amount=1000.0)
        message = self.deliver(move)
        self.assertEqual(message.amount, 250.0)
        self.assertIn("250.00", self._mails[0]["body"])
        self.assertNotIn("1,250.00", self._mails[0]["body"])

    def test_paid_meanwhile_is_not_asked_any_more(self):
        move = self.given
        message = self.send(move)
        self.pay(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.assertNotSentEmail()
        self.assertEqual(message.state, "cancelled")

    def test_no_button_that_the_practitioner_may_not_press(self):
        move = self.given
        moves = self.as_practitioner(move)
        view = moves.get_view(moves.get_formview_id(), "form")
        buttons = etree.fromstring(view["arch"]).iterfind(".//button[@type='object']")
        ours = {button.get("name") for button in buttons}
        self.assertIn("action_send_payment_message", ours)
        self.assertFalse(ours & {"action_invoice_sent", "action_post", "button_cancel"})
        self.assertFalse(ours & {"action_reverse", "action_register_payment"})
        self.assertTrue(move.with_user(self.accountant).display_send_button)

    # === WHO GETS THE ANSWER === #

    def test_answers_go_to_the_practice(self):
        move = self.draft()
        self.deliver(move)
        [mail] = self._mails
        practice = '"Praksis Vest" <post@praksisvest.example.com>'
        self.assertEqual((mail["email_from"], mail["reply_to"]), (practice, practice))

    def test_answers_go_to_the_practitioner_where_the_practice_wants_it(self):
        self.company.payments_reply_to = "practitioner"
        self.deliver(self.draft())
        [mail] = self._mails
        self.assertEqual(
            mail["email_from"], '"Praksis Vest" <post@praksisvest.example.com>'
        )
        self.assertEqual(
            mail["reply_to"], '"Per Practitioner" <per@praksisvest.example.com>'
        )

    def test_answers_go_to_the_practice_where_the_practitioner_has_no_address(self):
        self.company.payments_reply_to = "practitioner"
        self.practitioner.email = False
        self.deliver(self.draft())
        self.assertIn("post@praksisvest.example.com", self._mails[0]["reply_to"])

    def test_template_has_the_last_word(self):
        template = self.env.ref("konfidens_payments.mail_template_payment")
        template.reply_to = "accounts@praksisvest.example.com"
        self.deliver(self.draft())
        self.assertEqual(self._mails[0]["reply_to"], "accounts@praksisvest.example.com")

    def test_two_people_with_the_dialog_open(self):
        move = self.draft()
        action = move.action_send_payment_message()
        wizard = self.env[action["res_model"]].with_context(**action["context"])
        first, second = wizard.create([{}, {}])
        first.action_confirm()
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.assertEqual(move.state, "posted")
        with self.assertRaisesRegex(UserError, "has changed meanwhile"):
            second.action_confirm()
        self.assertEqual(len(move.payment_message_ids), 1)

    def test_two_people_press_send_again(self):
        move = self.draft()
        failed = self.send(move)
        email, self.client.email = self.client.email, False
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(failed.state, "failed")
        self.client.email = email
        move.action_send_again()
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.assertEqual(move.state, "posted")
        for press in (move.action_send_again, failed.action_retry):
            with self.assertRaisesRegex(UserError, "has changed meanwhile"):
                press()
        self.assertEqual(len(move.payment_message_ids), 2)
