from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import PaymentsCommon


@tagged("post_install", "-at_install")
class TestDelivery(PaymentsCommon):
    given_by = "draft"

    def deliver(self, move):
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()

    def test_delivered_message_completes_the_invoice(self):
        move = self.given
        self.deliver(move)
        message = move.payment_message_ids
        self.assertEqual(move.state, "posted")
        self.assertTrue(move.name)
        self.assertTrue(move.invoice_date)
        self.assertTrue(move.invoice_date_due)
        self.assertEqual(message.state, "delivered")
        self.assertTrue(message.delivered_date)
        self.assertTrue(move.is_move_sent)
        self.assertEqual(move.payment_message_story, message.evidence)
        self.assertIn("E-mail to k…@example.com accepted", message.evidence)
        self.assertEqual(move.booking_ids.payment_status, "unpaid")

    def test_draft_waits_until_the_message_is_delivered(self):
        move = self.given
        self.send(move)
        self.complete_delivered()
        self.assertEqual(move.state, "draft")
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(move.state, "draft")
        self.assertEqual(move.booking_ids.payment_status, "sent")

    def test_delivery_report_wakes_the_completion(self):
        self.send(self.given)
        xmlid = "konfidens_payments.ir_cron_complete_delivered"
        with self.mock_mail_gateway(), self.capture_triggers(xmlid) as captured:
            self.send_due()
        self.assertTrue(captured.records)

    def test_other_mails_do_not_wake_the_completion(self):
        xmlid = "konfidens_payments.ir_cron_complete_delivered"
        with self.mock_mail_gateway(), self.capture_triggers(xmlid) as captured:
            self.client.message_post(
                body="Hello",
                partner_ids=self.client.ids,
                subtype_xmlid="mail.mt_comment",
            )
        self.assertEqual(len(self._mails), 1)
        self.assertFalse(captured.records)

    def test_refused_message_leaves_a_draft_that_needs_attention(self):
        def refuse(*args, **kwargs):
            raise OSError("550 no such user")

        move = self.draft()
        self.send(move)
        with (
            self.mock_mail_gateway(),
            patch.object(
                type(self.env["ir.mail_server"]), "send_email", side_effect=refuse
            ),
            self.assertLogs("odoo.addons.mail.models.mail_mail", "ERROR"),
        ):
            self.send_due()
        self.complete_delivered()
        message = move.payment_message_ids
        self.assertEqual(move.state, "draft")
        self.assertFalse(move.name)
        self.assertEqual(message.state, "failed")
        self.assertIn("550 no such user", message.failure_reason)
        self.assertEqual(move.booking_ids.payment_status, "attention")
        return move

    def test_failed_message_can_be_sent_again(self):
        move = self.test_refused_message_leaves_a_draft_that_needs_attention()
        move.payment_message_ids.action_retry()
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.assertEqual(move.state, "posted")
        self.assertEqual(
            sorted(move.payment_message_ids.mapped("state")), ["delivered", "failed"]
        )

    def test_bounced_message_leaves_a_draft(self):
        move = self.given
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        notification = move.payment_message_ids.mail_message_ids.notification_ids
        notification.sudo().write(
            {"notification_status": "bounce", "failure_type": "mail_bounce"}
        )
        self.complete_delivered()
        self.assertEqual(move.state, "draft")
        self.assertIn("came back", move.payment_message_ids.failure_reason)

    def test_one_bad_invoice_does_not_stop_the_others(self):
        bad, good = self.given, self.draft()
        self.send(bad)
        self.send(good)
        with self.mock_mail_gateway():
            self.send_due()
        account = bad.invoice_line_ids.account_id.sudo().copy()
        bad.invoice_line_ids.account_id = account
        account.active = False
        self.complete_delivered()
        self.assertEqual(good.state, "posted")
        self.assertEqual(bad.state, "draft")
        message = bad.payment_message_ids
        self.assertEqual(message.state, "delivered")
        self.assertIn("is archived", bad.payment_completion_problem)
        self.assertIn("is archived", bad.payment_message_story)
        # mended and completed by hand
        account.active = True
        bad.action_complete_invoice()
        self.assertFalse(bad.payment_completion_problem)
        self.assertEqual(bad.booking_ids.payment_status, "unpaid")

    def test_completed_by_hand_meanwhile(self):
        move = self.given
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        move.action_complete_invoice()
        name = move.name
        self.complete_delivered()
        self.assertEqual(move.name, name)
        self.assertEqual(move.payment_message_ids.state, "delivered")

    def test_locked_period_is_shifted_by_odoo(self):
        move = self.given
        move.invoice_date = "2026-10-31"
        self.company.fiscalyear_lock_date = "2026-10-31"
        self.deliver(move)
        self.assertEqual(move.state, "posted")
        self.assertGreater(move.date.isoformat(), "2026-10-31")

    def test_locked_up_to_today_nobody_is_told(self):
        move = self.given
        # where the practice is: another day than UTC's for an hour or two
        here = move.with_context(tz=move._get_payment_tz())
        self.company.fiscalyear_lock_date = fields.Date.context_today(here)
        with self.assertRaises(UserError):  # which rolls back, as Odoo does
            move.action_complete_invoice()
        message = self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.assertFalse(self._mails)
        self.assertEqual((message.state, move.state), ("failed", "draft"))
        self.assertIn("the books are locked up to", message.failure_reason)
        self.assertEqual(move.booking_ids.payment_status, "attention")

    def test_a_run_with_nothing_to_do_costs_few_queries(self):
        messages = self.env["konfidens.payment.message"].sudo()
        self.deliver(self.draft())
        self.env.flush_all()
        with self.assertQueryCount(2):
            messages.search(messages._get_reported_domain())
            messages.search(
                [("state", "=", "scheduled"), ("scheduled_date", "<=", self.now())]
            )

    def test_open_forms_hear_of_the_completed_invoice(self):
        move = self.given
        self.send(self.as_practitioner(move))
        with self.mock_mail_gateway():
            self.send_due()
        self._reset_bus()
        self.complete_delivered()
        self.assertBusNotifications(
            [(self.cr.dbname, "res.partner", self.practitioner.partner_id.id)],
            message_items=[
                {
                    "type": "konfidens_payments/invoice_changed",
                    "payload": {"move_id": move.id},
                }
            ],
        )

    def test_retry_when_the_reason_is_still_there(self):
        move = self.given
        message = self.send(move)
        self.client.email = False
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(message.state, "failed")
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            message.action_retry()
        self.assertEqual(len(move.payment_message_ids), 1)
