import smtplib
from datetime import timedelta

from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .pause_common import PauseCommon

OTHER = {"email": "sms", "sms": "email"}
ADDRESS = {"email": "email", "sms": "phone"}


def refuse_recipient(address):
    raise smtplib.SMTPRecipientsRefused({address: (550, b"5.1.1 No such mailbox")})


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestPauseBoth(PauseCommon):
    """What goes by both channels waits where none that it can go by lets it."""

    def reachable_by(self, channel, count=4):
        """Return drafts whose payers have no address for the other channel."""
        moves = self.drafts(count)
        moves.partner_id.write({ADDRESS[OTHER[channel]]: False})
        return moves

    def assert_waits(self, moves):
        self.assertEqual(set(self.states(moves)), {"scheduled"})
        for message in moves.payment_message_ids:
            self.assertIn("is paused", message.story)
        self.assertFalse(moves.payment_message_ids.sudo().notification_ids)
        self.assertFalse(moves.activity_ids.filtered("automated"))

    def test_part_that_was_not_tried_does_not_wait_for_the_other(self):
        def put_off(_address):
            raise smtplib.SMTPSenderRefused(451, b"4.3.2 Too busy", "post@x.no")

        moves = self.drafts(2)
        self.send(moves, channel="both")
        with self.server(behave=put_off), self.assertLogs("odoo.addons", "ERROR"):
            self.send_due()
        self.complete_delivered()
        messages = moves.payment_message_ids
        self.assertTrue(all(messages.mapped("next_try_date")))
        self.assertTrue(messages[0].failure_reason.endswith(": 4.3.2 Too busy."))
        with self.mockSMSGateway(sms_allow_unlink=True):
            self.run_cron("send_sms")
        parts = messages.sudo().notification_ids
        sms = parts.filtered(lambda part: part.notification_type == "sms")
        self.assertEqual(len(sms), 2)
        self.assertNotIn("ready", sms.mapped("notification_status"))
        with self.server() as server:
            self.send_due()
        self.assertFalse(server.taken)  # not before its next try
        with freeze_time(self.now() + timedelta(minutes=5)), self.server() as server:
            self.send_due()
        self.assertEqual(len(server.taken), 2)

    def test_payer_with_one_address(self):
        for channel in OTHER:
            with self.subTest(channel=channel):
                moves = self.reachable_by(channel)
                self.send(moves, channel="both")
                self.refuse_all(channel)
                self.assert_waits(moves)
                with freeze_time(self.now() + timedelta(days=2)):
                    self.refuse_all(channel)  # one is tried
                    self.assert_waits(moves)
                self.pauses().action_try_again()
                self.assertEqual(self.take_all(channel), 4)
                self.assertFalse(self.pauses())
                self.assertEqual(set(self.states(moves)) - {"sent", "delivered"}, set())

    def test_while_sending_is_paused_already(self):
        for channel in OTHER:
            with self.subTest(channel=channel):
                pause, first = self.pause(channel)
                moves = self.reachable_by(channel)
                self.send(moves, channel="both")
                self.take_all(channel)
                self.assert_waits(moves)
                pause.action_try_again()
                self.assertEqual(self.take_all(channel), 5)
                self.assertIn(first.state, ("sent", "delivered"))

    def test_one_is_tried_at_a_time(self):
        for channel in OTHER:
            with self.subTest(channel=channel):
                moves = self.reachable_by(channel)
                self.send(moves, channel="both")
                self.refuse_all(channel)
                self.pauses().action_try_again()
                messages = moves.payment_message_ids.sudo()
                due = messages.search(messages._get_due_domain())
                self.assertEqual(due, messages)
                self.assertEqual(len(due._without_held()), 1)
                self.pauses().unlink()
                messages._cancel_scheduled()

    def test_both_channels_are_paused(self):
        for first in OTHER:
            with self.subTest(first=first):
                moves = self.drafts(3)
                self.send(moves, channel="both")
                self.refuse_all(first)
                if first == "email":
                    # by SMS it goes, until that is paused too
                    self.assertEqual(set(self.states(moves)), {"sent"})
                    self.refuse_all("sms")
                else:
                    moves.payment_message_ids.sudo()._cancel_scheduled()
                    self.pauses().unlink()
                    pauses = self.pause("email")[0] + self.pause("sms")[0]
                    self.assertEqual(len(pauses), 2)
                    moves = self.drafts(3)
                    self.send(moves, channel="both")
                    self.take_all("sms")
                self.assertEqual(len(self.pauses()), 2)
                self.assert_waits(moves)
                self.pauses().action_try_again()
                self.take_all("email")
                self.assertEqual(set(self.states(moves)), {"delivered"})
                self.pauses().unlink()

    def test_other_channel_is_open(self):
        for channel, other in OTHER.items():
            with self.subTest(channel=channel):
                pause, _first = self.pause(channel)
                moves = self.drafts(3)
                self.send(moves, channel="both")
                self.assertFalse(moves.payment_message_ids[0].sudo()._get_pause())
                self.take_all(other)
                self.assertEqual(set(self.states(moves)) - {"sent", "delivered"}, set())
                parts = moves.payment_message_ids.sudo().notification_ids
                waiting = parts.filtered(
                    lambda part: part.notification_status == "ready"
                )
                self.assertEqual(set(waiting.mapped("notification_type")), {channel})
                pause.unlink()

    def test_payer_who_lost_every_address(self):
        self.pause("email")
        self.pause("sms")
        moves = self.drafts(2)
        self.send(moves, channel="both")
        moves.partner_id.write({"email": False, "phone": False})
        self.take_all("email")
        self.assertEqual(set(self.states(moves)), {"failed"})

    def test_payer_is_another_by_now(self):
        self.pause("email")
        moves = self.drafts(2)
        other = self.drafts(1).partner_id
        other.phone = False
        self.send(moves, channel="both")
        moves.partner_id = other
        self.take_all("sms")
        self.assert_waits(moves)

    def assert_other_half_waits(self, channel, moves):
        """One channel failed for good, the other is paused: nobody reads *Sent*."""
        message = moves.payment_message_ids.sudo()
        self.assertEqual(message.mapped("state"), ["sent"])
        self.assertEqual(message.status, "retrying")
        self.assertEqual(moves.booking_ids.payment_status, "retrying")
        self.assertIn("is paused", message.story)
        self.assertNotIn("False", message.story)
        self.assertFalse(moves.activity_ids.filtered("automated"))
        self.pauses().action_try_again()
        self.take_all(channel)
        self.assertIn(message.state, ("sent", "delivered"))
        self.assertNotEqual(message.status, "retrying")
        if message.state == "sent":  # else it says that one part did not arrive
            self.assertFalse(message.failure_reason)

    def fail_for_good(self, channel):
        """Let what leaves by this channel be refused; the other has none of it yet."""
        answers = {"behave": refuse_recipient}
        if channel == "sms":
            answers = {"refuse_connection": ConnectionRefusedError()}
        with (
            mute_logger("odoo.addons.mail.models.mail_mail"),
            self.mockSMSGateway(sms_allow_unlink=True, sim_error="wrong_number_format"),
            self.server(**answers),
        ):
            self.send_due()
            if channel == "sms":
                self.run_cron("send_sms")
            self.complete_delivered()

    def test_other_channel_failed_while_this_is_paused(self):
        for channel, other in OTHER.items():
            with self.subTest(channel=channel):
                self.pause(channel)
                moves = self.drafts(1)
                self.send(moves, channel="both")
                self.fail_for_good(other)
                self.assert_other_half_waits(channel, moves)

    def test_other_channel_had_failed_before_the_pause(self):
        for channel, other in OTHER.items():
            with self.subTest(channel=channel):
                moves = self.drafts(1)
                self.send(moves, channel="both")
                self.fail_for_good(other)
                self.pause(channel)
                self.assert_other_half_waits(channel, moves)
