import smtplib
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from .post_common import PostCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestUnconfirmed(PostCommon):
    """Mails of which nobody knows whether they arrived."""

    def test_at_most_two_further_tries_an_hour_apart(self):
        moves = self.drafts(3)
        self.send(moves)
        bad = moves[1].payment_message_ids
        start = self.now()
        with self.server(drop={"01@example.com"}) as server:
            for minutes in range(0, 24 * 60, 30):
                with freeze_time(start + timedelta(minutes=minutes)):
                    self.send_and_complete()
                if minutes == 30:
                    self.assertEqual(bad.state, "sent")
                    self.assertIn("does not confirm", bad.failure_reason)
        self.assertEqual(server.taken.count("01@example.com"), 3)
        self.assertEqual(len(server.taken), 5)
        self.assertEqual(bad.state, "failed")
        self.assertIn("Ask the client", bad.failure_reason)
        self.assertEqual(moves[1].booking_ids.payment_status, "attention")
        self.assertEqual(len(moves[1].activity_ids.filtered("automated")), 1)
        self.assertEqual(moves[1].state, "draft")

    def test_the_other_channel_is_not_tried(self):
        self.company.payments_failover = True
        moves = self.drafts(1)
        self.send(moves)
        start = self.now()
        with self.server(drop={"00@example.com"}):
            for hours in range(4):
                with freeze_time(start + timedelta(hours=hours)):
                    self.send_and_complete()
        self.assertEqual(self.states(moves), ["failed"])

    def test_a_connection_that_broke_before_is_a_passing_fault(self):
        moves = self.drafts(1)
        self.send(moves)

        def hang_up(_address):
            raise smtplib.SMTPServerDisconnected

        with self.server(behave=hang_up):
            self.send_and_complete()
        message = moves.payment_message_ids
        self.assertEqual(message.state, "sent")
        self.assertIn("closed the connection", message.failure_reason)
        self.assertFalse(message.unconfirmed)
        with freeze_time(message.next_try_date), self.server() as server:
            self.send_and_complete()
        self.assertEqual(server.taken, ["00@example.com"])
        self.assertEqual(moves.state, "posted")

    def test_an_answer_to_the_content_that_is_none(self):
        """The mail server has it whole: what it says of it, nobody understands."""
        for error in (
            smtplib.SMTPDataError(-1, b"age here"),
            smtplib.SMTPDataError(354, b"Go on"),
            smtplib.SMTPDataError(250, b""),
            smtplib.SMTPDataError(999, b"What"),
            smtplib.SMTPResponseException(500, "Line too long."),
            TimeoutError("Timed out"),
        ):
            with self.subTest(error=error):
                moves = self.drafts(2)
                self.send(moves)
                first = moves[0].partner_id.email
                with self.server(drop={first}, instead=error) as server:
                    self.send_and_complete()
                self.assertEqual(self.states(moves), ["sent", "delivered"])
                message = moves[0].payment_message_ids
                self.assertEqual(message.unconfirmed, 1)
                self.assertIn("does not confirm", message.failure_reason)
                self.assertNotIn("SMTP", message.failure_reason)
                hour = self.now() + timedelta(hours=1)
                self.assertGreaterEqual(message.next_try_date, hour)
                self.assertEqual(len(server.taken), 2)

    def test_a_refusal_of_the_content_is_one(self):
        moves = self.drafts(1)
        self.send(moves)
        error = smtplib.SMTPDataError(550, b"5.6.0 Looks like spam")
        with (
            self.server(drop={"00@example.com"}, instead=error),
            self.assertLogs("odoo.addons", "ERROR"),
        ):
            self.send_and_complete()
        self.assertEqual(self.states(moves), ["failed"])
        self.assertIn("Looks like spam", moves.payment_message_ids.failure_reason)

    def test_answers_before_the_content_that_are_none(self):
        """Nothing left: it is tried again by itself, and nobody is asked."""
        too_long = smtplib.SMTPResponseException(500, "Line too long.")
        for step, error in (
            ("connect", smtplib.SMTPConnectError(-1, b"-2.0-OpenSSH")),
            ("connect", too_long),
            ("connect", smtplib.SMTPHeloError(250250, b"")),
            ("send", smtplib.SMTPSenderRefused(-1, b"lo?", "post@example.com")),
            ("send", smtplib.SMTPRecipientsRefused({"00@example.com": (0, b"")})),
            ("send", smtplib.SMTPDataError(250, b"OK")),
            ("send", too_long),
        ):
            with self.subTest(step=step, error=error):
                moves = self.drafts(4)
                self.send(moves)

                def answer(_address, error=error):
                    raise error

                options = {"refuse_connection": error}
                if step == "send":
                    options = {"behave": answer}
                with self.server(**options) as server:
                    self.send_and_complete()
                self.assertEqual(server.taken, [])
                self.assertEqual(self.states(moves), ["sent"] * 4)
                messages = moves.payment_message_ids
                self.assertEqual(
                    set(messages.mapped("failure_reason")),
                    {"The answer of the mail server makes no sense."},
                )
                self.assertEqual(set(messages.mapped("unconfirmed")), {0})
                self.assertFalse(moves.activity_ids.filtered("automated"))
                self.assertFalse(self.env["konfidens.payment.pause"].sudo().search([]))
                with freeze_time(self.now() + timedelta(minutes=1)):
                    with self.server() as server:
                        self.send_and_complete()
                self.assertEqual(len(server.taken), 4)
                self.assertEqual(self.states(moves), ["delivered"] * 4)

    def test_what_a_stopped_server_was_sending_goes_once_more(self):
        moves = self.drafts(2)
        self.send(moves)
        with self.server():
            moves.payment_message_ids.sudo()._hand_over()
        parts = moves.payment_message_ids.sudo().notification_ids
        self.env["konfidens.payment.message"].sudo()._claim(parts[0].mail_mail_id.ids)
        # somebody calls it off while nobody knows
        self.assertFalse(
            parts[0].konfidens_payment_message_id._take_back(
                moves.payment_message_line_ids
            )
        )
        with self.server() as server:
            self.send_and_complete()
        self.assertEqual(sorted(server.taken), ["00@example.com", "01@example.com"])
        self.assertEqual(server.taken[1], parts[0].res_partner_id.email)
        self.assertEqual(moves.mapped("state"), ["posted", "posted"])

    def test_it_is_not_sent_for_ever(self):
        moves = self.drafts(1)
        self.send(moves)
        with self.server():
            moves.payment_message_ids.sudo()._hand_over()
        parts = moves.payment_message_ids.sudo().notification_ids
        for _stop in range(7):
            parts.notification_status = "process"
            with patch.object(type(parts.konfidens_payment_message_id), "_send_by"):
                self.send_due()
        self.complete_delivered()
        self.assertEqual(moves.payment_message_ids.state, "failed")
        self.assertIn("does not confirm", moves.payment_message_ids.failure_reason)
