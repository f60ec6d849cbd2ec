from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import tagged

from .common import PaymentsCommon


@tagged("post_install", "-at_install")
class TestSender(PaymentsCommon):
    """From whom payment messages come, where the practice has no e-mail address."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.draft()
        cls.administrator = cls.hire(
            "administrator",
            "base.group_system",
            "konfidens_payments.group_payments_manager",
            email="boss@example.com",
        )

    def test_sending_is_refused_with_a_button_to_the_company(self):
        for email in (False, "nobody"):
            self.company.email = email
            with self.assertRaises(RedirectWarning) as refused:
                self.send(self.move.with_user(self.administrator))
            words, action, button, _context = refused.exception.args
            self.assertIn("Praksis Vest has no e-mail address", words)
            self.assertEqual(
                (action["res_model"], action["res_id"]),
                ("res.company", self.company.id),
            )
            self.assertEqual(button, "Open the Company")

    def test_who_may_not_change_the_company_is_told_the_same(self):
        self.company.email = False
        for user in (self.practitioner, self.accountant):
            with self.assertRaisesRegex(UserError, "Praksis Vest has no e-mail addr"):
                self.send(self.move.with_user(user))
        self.assertFalse(self.move.payment_message_ids)

    def test_another_problem_has_no_button(self):
        self.client.email = False
        with self.assertRaisesRegex(UserError, "Kari Nordmann has no e-mail address"):
            self.send(self.move.with_user(self.administrator))

    def test_by_both_channels_it_is_refused_too(self):
        self.company.payments_channel = "both"
        self.client.phone = "+47 412 34 567"
        self.company.email = False
        with self.assertRaises(RedirectWarning):
            self.send(self.move.with_user(self.administrator))

    def test_by_sms_nobody_needs_the_address(self):
        self.company.write({"payments_channel": "sms", "email": False})
        self.client.phone = "+47 412 34 567"
        self.assertTrue(self.send(self.move.with_user(self.administrator)))

    def test_what_is_scheduled_fails_rather_than_leaves(self):
        message = self.send(self.move)
        self.company.email = False
        with self.mock_mail_gateway():
            self.send_due()
        self.assertNotSentEmail()
        self.assertEqual(message.state, "failed")
        self.assertIn("Praksis Vest has no e-mail address", message.failure_reason)
        self.assertEqual(self.move.state, "draft")
        self.assertEqual(self.move.booking_ids.payment_status, "attention")

        self.company.email = "post@praksisvest.example.com"
        message.action_retry()
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(len(self._mails), 1)

    def test_a_sender_of_its_own_in_the_template_is_enough(self):
        template = self.env.ref("konfidens_payments.mail_template_payment").sudo()
        template.email_from = "Billing <billing@praksisvest.example.com>"
        self.company.email = False
        self.send(self.move)
        with self.mock_mail_gateway():
            self.send_due()
        [mail] = self._mails
        self.assertEqual(
            mail["email_from"], '"Billing" <billing@praksisvest.example.com>'
        )

    def test_a_template_without_sender_takes_the_companys(self):
        template = self.env.ref("konfidens_payments.mail_template_payment").sudo()
        template.email_from = False
        self.send(self.move)
        with self.mock_mail_gateway():
            self.send_due()
        [mail] = self._mails
        self.assertIn("post@praksisvest.example.com", mail["email_from"])
