from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.sms.tools.sms_api import SmsApi

from ..tools import is_copy
from .pay_link_common import PayLinkCommon

JOBS = {
    "konfidens.payment.message": (
        "_cron_send_due",
        "_cron_send_sms",
        "_cron_complete_delivered",
        "_cron_send_receipts",
    ),
    "konfidens.payment.run": ("_cron_run",),
    "konfidens.payment.reminder": ("_cron_remind",),
}


@tagged("post_install", "-at_install")
class TestIdle(PayLinkCommon):
    """A job that finds nothing to do costs one look in a small index."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # what a database with demo data has
        cls.env["konfidens.payment.message"].search([]).unlink()
        cls.env["konfidens.payment.run"].search([]).state = "cancelled"
        is_copy(cls.env)  # which Odoo keeps in mind

    def assert_idle(self):
        self.env.flush_all()
        for model, names in JOBS.items():
            for name in names:
                self.env.invalidate_all()
                with self.subTest(name), self.assertQueryCount(1):
                    getattr(self.env[model].sudo(), name)()

    def scheduled_for_later(self):
        return self.send(
            self.draft(),
            send_mode="later",
            scheduled_date=self.now() + timedelta(days=7),
        )

    def handed_over(self):
        """Return the draft of a message whose mail waits in the queue."""
        move = self.draft()
        message = self.send(move)
        with self.mock_mail_gateway():
            message.sudo()._hand_over()
        return move

    def test_nothing_there(self):
        self.assert_idle()

    def pay_completed(self):
        move = self.sent()
        self.complete_delivered()
        self.assertEqual(move.payment_message_ids.state, "delivered")
        self.pay(move)

    def test_settled_and_scheduled_for_later(self):
        self.pay_completed()
        self.scheduled_for_later()
        failed = self.send(self.draft())
        failed.sudo()._fail("No such mailbox.")
        self.scheduled_for_later().action_cancel()
        self.assert_idle()

    def test_the_look_is_in_the_index(self):
        self.make_indexes()
        plan = self.assert_looks_in(
            self.env["konfidens.payment.message"]._get_unfinished_look(),
            "konfidens_payment_message_unfinished",
            "mail_notification_payment_waiting_index",
            "account_move__payment_completion_date_index",
        )
        self.assertNotIn("Sort", plan)

    def test_opened_before_its_mail_left(self):
        move = self.handed_over()
        self.assert_page(move, "to_pay")
        message = move.payment_message_ids
        self.assertEqual(message.state, "delivered")
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(len(self._mails), 1)
        self.assertEqual(message.state, "delivered")
        self.assert_idle()

    def test_sms_that_its_provider_never_reports_is_waited_for_no_longer(self):
        self.client.phone = "+47 400 00 000"
        move = self.draft()
        message = self.send(move, channel="sms").sudo()
        message._hand_over()
        self.assert_page(move, "to_pay")

        def take(sms_api, messages, **_options):
            return [
                {"uuid": number["uuid"], "state": "processing"}
                for sms in messages
                for number in sms["numbers"]
            ]

        # as Odoo's SMS service says that it has taken it, and is not done
        with patch.object(SmsApi, "_send_sms_batch", take):
            self.run_cron("send_sms")
        self.assertEqual(message.notification_ids.notification_status, "pending")
        self.assert_idle()

    def test_sent_mail_that_a_kill_kept_is_deleted_later(self):
        message = self.handed_over().payment_message_ids
        mail = message._get_queued_mails(message.notification_ids)
        mail.state = "sent"
        self.env.flush_all()
        self.env["konfidens.payment.message"]._gc_sent_mails()
        self.assertTrue(mail.exists())  # it may be under way just now
        self.env.cr.execute(
            "UPDATE mail_mail SET write_date = write_date - interval '2 hours'"
            " WHERE id = %s",
            [mail.id],
        )
        self.env.invalidate_all()
        self.env["konfidens.payment.message"]._gc_sent_mails()
        self.assertFalse(mail.exists())
