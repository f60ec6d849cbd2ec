import base64
import re
from datetime import timedelta
from unittest.mock import patch
from xmlrpc.client import Binary

from odoo.tests import freeze_time, tagged

from odoo.addons.mail.models.mail_thread import MailThread

from ..models.delivery import mail_report
from .bounce_mails import FAILURES, NO_FAILURES, fill
from .common import PaymentsCommon

# How the mails of `bounce_mails` may be handed on.
VARIATIONS = {
    "as it is": lambda raw: raw,
    "other line ends": lambda raw: re.sub(rb"\r?\n", b"\r\n", raw),
    "headers in small letters": lambda raw: re.sub(
        rb"(?m)^[A-Z][\w-]+:", lambda found: found[0].lower(), raw
    ),
    "without the envelope's sender": lambda raw: re.sub(
        rb"\AReturn-Path:.*\n", b"", raw
    ),
    "a line before": lambda raw: b"From MAILER-DAEMON Sun Nov 22 2026\n" + raw,
    "letters of no charset": lambda raw: raw.replace(
        b"Subject: ", b"Subject: \xff\xe9 "
    ).replace(b"\n\n", b"\n\n\xe9\xff\n", 1),
    "an unknown charset": lambda raw: raw.replace(b"utf-8", b"x-nobody-knows"),
    "broken headers": lambda raw: b"Date: never\nTo: \nCc: @@@, <\n" + raw,
}
# What people write themselves, and how they cannot: Odoo reads it.
ANSWERS = {
    "out of the office",
    "out of the office, from another address",
    "the client's answer",
    "a report that the client sends along",
}
BY_ODOO = {"an unknown charset", "broken headers"}


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestBounces(PaymentsCommon):
    """Which payment messages came back, by what mail systems say."""

    given_by = "sent_to_client"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.payments_bounce_wait_minutes = 30

    def sent_to_client(self):
        [message] = self.send_to(self.client)
        return message

    def send_to(self, *payers):
        """Return the payment message to each of these payers, taken by the server."""
        moves = self.draft_each(
            [{"partner_ids": self.guests(payer)} for payer in payers]
        )
        self.send(moves)
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        return [move.payment_message_ids for move in moves]

    def guests(self, payer):
        return [(6, 0, (payer + self.practitioner.partner_id).ids)]

    def payers(self, count):
        return self.env["res.partner"].create(
            [
                {"name": f"Payer {number}", "email": f"payer.{number}@example.com"}
                for number in range(count)
            ]
        )

    def about(self, mail, message, **values):
        """Return this mail about the e-mail of a payment message."""
        sent = message.sudo().notification_ids.mail_message_id
        words = {
            "payer": message.partner_id.email,
            "message_id": sent.message_id,
            "subject": sent.subject,
        }
        return fill(mail, **{**words, **values})

    def receive(self, raw, user=None):
        """Let a mail come in through Odoo's gateway, or a user hand one over."""
        threads = self.env["mail.thread"].with_user(user or self.env.user)
        threads.message_process("res.partner", raw)

    def get_status(self, message):
        return message.sudo().notification_ids.notification_status

    # === WHAT IS A FAILURE === #

    def test_reports_of_failure_fail_the_message_at_once_and_no_others_do(self):
        mails = {**FAILURES, **NO_FAILURES}
        messages = dict(zip(mails, self.send_to(*self.payers(len(mails))), strict=True))
        for name, mail in mails.items():
            self.receive(self.about(mail, messages[name]))
        self.complete_delivered()  # in the middle of the wait
        for name, message in messages.items():
            with self.subTest(name):
                if name in FAILURES:
                    self.assertEqual(message.state, "failed")
                    self.assertEqual(
                        message.failure_reason,
                        "The e-mail to p…@example.com came back.",
                    )
                    self.assertEqual(message.move_ids.state, "draft")
                else:
                    self.assertEqual(message.state, "sent")
        with freeze_time(self.now() + timedelta(minutes=31)):
            self.complete_delivered()
        for name in NO_FAILURES:
            with self.subTest(name):
                self.assertEqual(messages[name].state, "delivered")
                self.assertFalse(messages[name].came_back)
                self.assertEqual(messages[name].move_ids.state, "posted")

    def _check_variations(self, variations):
        mails = {**FAILURES, **NO_FAILURES}
        message = self.given
        missed, alarms = [], []
        for name, mail in mails.items():
            for how, vary in variations.items():
                if how in BY_ODOO and name in ANSWERS:
                    continue
                with self.undone():
                    self.receive(vary(self.about(mail, message)))
                    came_back = self.get_status(message) == "bounce"
                    if came_back != (name in FAILURES):
                        (missed if name in FAILURES else alarms).append((name, how))
        self.assertFalse(alarms)
        self.assertFalse(missed)

    def test_reports_are_read_however_they_are_handed_on(self):
        self._check_variations(VARIATIONS)

    def test_without_the_library_most_reports_are_read_all_the_same(self):
        with patch.object(mail_report, "all_failures", None):
            self._check_variations({"": lambda raw: raw})

    def test_a_fault_of_the_library_keeps_no_mail_from_being_read(self):
        message = self.given
        with patch.object(mail_report, "all_failures", side_effect=LookupError("x")):
            self.receive(self.about(FAILURES["exim"], message))
        self.assertEqual(self.get_status(message), "bounce")

    def test_mails_cut_short_or_shuffled_crash_nothing_and_alarm_nobody(self):
        message = self.given
        for name, mail in {**FAILURES, **NO_FAILURES}.items():
            raw = self.about(mail, message)
            for part in (2, 5, 8):
                short = raw[: len(raw) * part // 10]
                with self.subTest(name, part=part), self.undone():
                    self.receive(short)
                    if name in NO_FAILURES:
                        self.assertEqual(self.get_status(message), "sent")
                with self.undone():
                    self.receive(raw[len(raw) * part // 10 :])

    def test_a_report_arrives_as_text_as_bytes_or_over_rpc(self):
        message = self.given
        raw = self.about(FAILURES["postfix"], message)
        for mail in (raw, raw.decode(), Binary(raw)):
            with self.undone():
                self.receive(mail)
                self.assertEqual(self.get_status(message), "bounce")

    def test_a_report_in_base64(self):
        message = self.given
        head, _end, body = self.about(FAILURES["exim"], message).partition(b"\n\n")
        head += b"\nContent-Transfer-Encoding: base64\n\n"
        self.receive(head + base64.encodebytes(body))
        self.assertEqual(self.get_status(message), "bounce")

    # === OF WHICH MESSAGE === #

    def test_a_report_on_another_mail_of_the_conversation_fails_nothing(self):
        message = self.given
        ours = message.sudo().notification_ids.mail_message_id.message_id
        for name, mail in FAILURES.items():
            # what came back answered the payment message
            mail = mail.replace("<1.2.3-openerp-message@example.com>", ours)
            mail = re.sub("References: ID", f"References: {ours} <other@example>", mail)
            with self.subTest(name), self.undone():
                self.receive(self.about(mail, message, message_id="<other@example>"))
                self.assertEqual(self.get_status(message), "sent")

    def test_a_report_on_another_mail_to_the_client_fails_nothing(self):
        message = self.given
        with self.mock_mail_gateway():
            other = self.client.message_post(
                body="Hello",
                partner_ids=self.client.ids,
                subtype_xmlid="mail.mt_comment",
            )
        mail = FAILURES["postfix"]
        self.receive(self.about(mail, message, message_id=other.message_id))
        self.assertEqual(self.get_status(message), "sent")
        # Odoo's own, as before
        self.assertEqual(other.notification_ids.notification_status, "bounce")

    def test_a_report_that_names_only_the_address(self):
        message = self.given
        for name in ("postfix", "gmail in plain text"):
            mail = self._without_id(FAILURES[name])
            with self.subTest(name), self.undone():
                self.receive(self.about(mail, message))
                self.assertEqual(self.get_status(message), "bounce")
            for user in (self.practitioner, self.env.ref("base.public_user")):
                with self.subTest(name, made_up_by=user.name), self.undone():
                    self.receive(self.about(mail, message), user)
                    self.assertEqual(self.get_status(message), "sent")
            with self.subTest(name, subject="other"), self.undone():
                self.receive(self.about(mail, message, subject="Hello"))
                self.assertEqual(self.get_status(message), "sent")
            with self.subTest(name, address="other"), self.undone():
                self.receive(self.about(mail, message, payer="ola@example.com"))
                self.assertEqual(self.get_status(message), "sent")

    def test_a_report_that_names_the_address_in_its_words_only(self):
        message = self.given
        for address, status in (
            ("ola@example.com", "sent"),
            ("kari@example.com", "bounce"),
        ):
            self.receive(
                "From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.com>\n"
                "Subject: Returned mail: Deferred: Connection timed out\n"
                f"Message-Id: <{address}.9@mx.example.com>\n"
                "To: post@praksisvest.example.com\n\n"
                "   ----- Transcript of session follows -----\n"
                f">>> RCPT To:<{address}>\n"
                f"<<< 550 <{address}>, User Unknown\n"
                "421 example.com (smtp)... Deferred: Connection timed out\n"
            )
            self.assertEqual(self.get_status(message), status)

    def _without_id(self, mail):
        return re.sub(r"(?im)^(?:message-id|references|in-reply-to): .*\n", "", mail)

    def test_of_two_messages_to_an_address_a_report_that_names_no_id_fails_none(self):
        messages = self.send_to(self.client) + self.send_to(self.client)
        self.receive(self.about(self._without_id(FAILURES["postfix"]), messages[0]))
        self.assertEqual([*map(self.get_status, messages)], ["sent", "sent"])

    def test_each_of_two_messages_fails_by_its_own_report(self):
        first, second = self.send_to(self.client) + self.send_to(self.client)
        self.receive(self.about(FAILURES["qmail"], second))
        self.assertEqual(
            (self.get_status(first), self.get_status(second)), ("sent", "bounce")
        )

    # === WHAT FOLLOWS === #

    def test_the_reason_names_the_address_that_came_back(self):
        message = self.given
        raw = self.about(FAILURES["postfix"], message)
        self.client.email = "new@corrected.example.com"
        self.receive(raw)
        self.complete_delivered()
        self.assertEqual(
            message.failure_reason, "The e-mail to k…@example.com came back."
        )

    def test_a_report_once_more_changes_nothing(self):
        message = self.given
        raw = self.about(FAILURES["postfix"], message)
        self.receive(raw)
        self.complete_delivered()
        with self.assert_nothing_changes(message, message.move_ids, self.client):
            self.receive(raw)

    def test_no_sms_is_sent_besides_for_a_warning(self):
        self.company.payments_failover = True
        self.client.phone = "+47 412 34 567"
        message = self.given
        self.receive(self.about(NO_FAILURES["postfix, delayed"], message))
        self.complete_delivered()
        self.assertEqual(len(message.move_ids.payment_message_ids), 1)

    def test_the_clients_answer_stands_on_the_invoice(self):
        message = self.given
        self.receive(self.about(NO_FAILURES["the client's answer"], message))
        [answer] = message.move_ids.message_ids.filtered(
            lambda mail: mail.message_type == "email"
        )
        self.assertEqual(answer.author_id, self.client)

    def test_a_report_that_odoo_cannot_process_is_left(self):
        raw = fill(NO_FAILURES["delivered"], "x@example.com", "<x@y>", "Hello")
        with (
            patch.object(MailThread, "message_route", side_effect=ValueError("x")),
            self.assertLogs("odoo.addons.konfidens_payments", "WARNING"),
        ):
            self.receive(raw)

    def _came_back_late(self, settle):
        """Return the invoice of a message that comes back after it was settled."""
        self.company.payments_bounce_wait_minutes = 0
        message = self.sent_to_client()
        move = message.move_ids
        self.assertEqual(move.state, "posted")
        settle(move)
        self.receive(self.about(FAILURES["postfix"], message))
        self.complete_delivered()
        self.assertTrue(message.came_back)
        return move

    def _is_asked_about(self, move):
        return bool(move.activity_search(["konfidens_payments.mail_activity_payment"]))

    def test_what_came_back_after_it_was_completed_asks_a_person(self):
        move = self._came_back_late(lambda move: None)
        self.assertTrue(self._is_asked_about(move))
        self.assertEqual(move.booking_ids.payment_status, "attention")
        self.assertIn("k…@example.com", move.payment_message_ids.failure_reason)

    def test_what_came_back_after_it_was_paid_asks_nobody(self):
        move = self._came_back_late(self.pay)
        self.assertFalse(self._is_asked_about(move))
        self.assertEqual(move.booking_ids.payment_status, "paid")
        self.assertFalse(move.payment_message_ids.is_unsolved)

    def test_what_came_back_after_it_was_credited_asks_nobody(self):
        move = self._came_back_late(lambda move: move._reverse_moves(cancel=True))
        self.assertFalse(self._is_asked_about(move))
        self.assertEqual(move.booking_ids.payment_status, "credited")
        self.assertFalse(move.payment_message_ids.is_unsolved)

    def test_what_is_credited_after_it_came_back_asks_nobody_any_more(self):
        move = self._came_back_late(lambda move: None)
        move._reverse_moves(cancel=True)
        self.assertFalse(self._is_asked_about(move))
        self.assertFalse(move.payment_message_ids.is_unsolved)
