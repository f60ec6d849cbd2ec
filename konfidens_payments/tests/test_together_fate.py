import smtplib
from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.sms.tests.common import MockSMS

from .together_common import TogetherCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestTogetherFate(TogetherCommon, MockSMS):
    """What becomes of one message for several invoices."""

    given_by = "three_drafts"

    # === CALLED OFF === #

    def test_called_off_before_it_leaves(self):
        moves = self.given
        self.send(moves)
        moves[0].payment_message_ids.action_cancel()
        moves[1].button_cancel()
        with self.mock_mail_gateway():
            self.send_due()
        (mail,) = self._mails
        self.assertIn("November 12", mail["subject"])
        self.assertEqual(
            [move.payment_message_ids.state for move in moves],
            ["cancelled", "cancelled", "sent"],
        )

    def test_one_called_off_while_its_mail_still_waits(self):
        moves = self.given
        self.hand_over(moves)
        before = self.mails_of(moves)
        moves[0].button_cancel()
        self.assertEqual(
            moves.mapped("payment_message_state"), [False, "scheduled", "scheduled"]
        )
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        (mail,) = self._mails
        self.assertEqual(mail["subject"], "Payment for your 2 appointments")
        called_off, told = moves.payment_message_ids.sorted("id")
        self.assertIn(told.pay_url, mail["body"])
        self.assertEqual(moves.mapped("state"), ["cancel", "posted", "posted"])
        self.assertEqual(called_off.sudo().mail_message_ids, before)
        self.assertEqual(told.line_ids.move_id, moves[1:])

    def test_one_paid_at_the_desk_while_the_mail_server_is_down(self):
        moves = self.given
        self.hand_over(moves)
        moves[1].action_complete_invoice()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=moves[1].ids
        ).create({})._create_payments()
        with self.mock_mail_gateway():
            self.send_due()
            self.send_due()
        (mail,) = self._mails
        self.assertEqual(mail["subject"], "Payment for your 2 appointments")

    def test_one_called_off_when_the_sms_has_left(self):
        moves = self.given[:2]
        message = self.hand_over(moves, channel="both")
        with self.mock_mail_gateway(), self.mockSMSGateway(sms_allow_unlink=True):
            self.run_cron("send_sms")
            moves[0].button_cancel()
            self.send_due()
        self.assertEqual(message.state, "sent")
        self.assertEqual(len(self._mails), 1, "the page tells the truth of both")
        self.complete_delivered()
        self.assertEqual(moves.mapped("state"), ["cancel", "posted"])

    # === ARRIVED OR NOT === #

    def assert_sent_again_once(self, moves, error):
        self.send(moves)
        with self.mail_server(error):
            self.send_due()
        self.complete_delivered()
        message = moves.payment_message_ids
        self.assertEqual(message.attempts, 1)
        self.assertEqual(message.next_try_date, self.now() + timedelta(seconds=15))
        with self.mock_mail_gateway():
            self.send_due()
        self.assertNotSentEmail()
        with freeze_time(self.now() + timedelta(seconds=15)), self.mock_mail_gateway():
            self.send_due()
            self.complete_delivered()
        self.assertEqual(len(self._mails), 1)
        self.assertEqual(message.state, "delivered")
        self.assertEqual(set(moves.mapped("state")), {"posted"})

    def test_tried_again_once_for_all(self):
        self.assert_sent_again_once(self.given, self.refuse(451, b"Try later"))

    def test_server_that_hangs_up(self):
        self.assert_sent_again_once(self.given, smtplib.SMTPServerDisconnected("gone"))

    def test_refused_for_good(self):
        moves = self.given
        self.send(moves)
        with self.mail_server(self.refuse(550, b"No such mailbox")):
            self.send_due()
        self.complete_delivered()
        for move in moves:
            self.assertEqual(move.booking_ids.payment_status, "attention")
            self.assertEqual(len(move.activity_ids.filtered("automated")), 1)
            self.assertIn("No such mailbox", move.payment_message_ids.failure_reason)
        # again together
        moves.payment_message_ids.action_retry()
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.assertEqual(len(self._mails), 1)
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        self.assertFalse(moves.activity_ids.filtered("automated"))

    def test_given_up_together(self):
        moves = self.given[:2]
        message = self.hand_over(moves)
        with freeze_time(self.now() + timedelta(hours=24)):
            message._fail("Nobody confirmed it.")
        self.assertEqual(
            moves.mapped("payment_message_state"), ["failed", "failed"], "the same mail"
        )
        with freeze_time(self.now() + timedelta(hours=25)), self.mock_mail_gateway():
            self.send_due()
        self.assertNotSentEmail()

    def test_other_channel_together(self):
        self.company.payments_failover = True
        moves = self.given
        self.send(moves, channel="sms")
        with self.mock_mail_gateway():
            with self.mockSMSGateway(sim_error="wrong_number_format"):
                self.send_due()
                self.run_cron("send_sms")
            self.complete_delivered()
            self.send_due()
        self.complete_delivered()
        self.assertEqual(len(self._mails), 1)
        self.assertEqual(self._mails[0]["subject"], "Payment for your 3 appointments")
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        self.assertEqual(
            moves.payment_message_ids.mapped(lambda m: (m.channel, len(m.line_ids))),
            [("email", 3), ("sms", 3)],
        )

    def bounce(self, moves):
        moves.payment_message_ids.sudo().notification_ids.write(
            {"notification_status": "bounce", "failure_type": "mail_bounce"}
        )

    def test_wait_for_bounces(self):
        self.company.payments_bounce_wait_minutes = 30
        moves = self.given[:2]
        self.deliver(moves)
        self.assertEqual(moves.mapped("state"), ["draft", "draft"])
        with freeze_time(self.now() + timedelta(minutes=30)):
            self.complete_delivered()
        self.assertEqual(moves.mapped("state"), ["posted", "posted"])
        self.bounce(moves)
        for move in moves:
            self.assertEqual(move.booking_ids.payment_status, "attention")

    def test_report_after_they_were_given_up(self):
        moves = self.given[:2]
        message = self.hand_over(moves, channel="sms")
        trackers = message.notification_ids.sms_tracker_ids
        with freeze_time(self.now() + timedelta(hours=25)):
            self.complete_delivered()
            self.assertEqual(message.state, "failed")
            trackers._action_update_from_sms_state("sent")
            self.complete_delivered()
        self.assertEqual(moves.mapped("state"), ["posted", "posted"])

    def test_draft_that_carries_the_mail_is_deleted(self):
        moves = self.given
        message = self.hand_over(moves)
        self.assertTrue(message.mail_message_ids)
        with self.assertRaisesRegex(UserError, "been told"), self.cr.savepoint():
            moves[0].unlink()
        moves[0].button_cancel()
        moves[0].unlink()
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.assertEqual(len(self._mails), 1)
        self.assertEqual(moves[1:].mapped("state"), ["posted", "posted"])
