import itertools
import smtplib
import ssl
from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .pause_common import PauseCommon, refuse_sender


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestPause(PauseCommon):
    """What concerns the practice and not the payers: sending pauses."""

    def assert_paused(self, moves, reason):
        """Check that all wait, and that one person is asked once."""
        self.assertEqual(set(self.states(moves)), {"scheduled"})
        [pause] = self.pauses()
        self.assertIn(reason, pause.reason)
        self.assertEqual(len(pause.activity_ids), 1)
        self.assertIn(reason, pause.activity_ids.note)
        self.assertFalse(moves.activity_ids.filtered("automated"))
        self.assertEqual(set(moves.booking_ids.mapped("payment_status")), {"scheduled"})
        return pause

    def test_sender_refused_for_all(self):
        self.company.payments_responsible_id = self.practitioner
        moves = self.drafts(5)
        self.send(moves)
        with self.server(behave=refuse_sender) as server:
            self.send_and_complete()
        pause = self.assert_paused(moves, "Not allowed to send")
        self.assertEqual(pause.activity_ids.user_id, self.practitioner)
        self.assertEqual(server.taken, [])
        self.assertFalse(moves.payment_message_ids.sudo().notification_ids)
        self.assertIn("paused", moves[0].payment_message_story)
        self.assertIn("Not allowed to send", moves[0].payment_message_story)

    def test_one_is_tried_now_and_then_and_then_all_go(self):
        moves = self.drafts(5)
        self.send(moves)
        tried = []

        def refuse(address):
            tried.append(address)
            refuse_sender(address)

        with self.server(behave=refuse):
            self.send_and_complete()
            before = len(tried)
            self.send_and_complete()  # not before its time
            self.assertEqual(len(tried), before)
            with freeze_time(self.now() + timedelta(minutes=6)):
                self.send_and_complete()
                self.assertEqual(len(tried), before + 1)
        pause = self.assert_paused(moves, "Not allowed to send")
        self.assertEqual(pause.attempts, 1)
        self.assertGreater(pause.next_try_date, self.now() + timedelta(minutes=10))
        with freeze_time(pause.next_try_date), self.server() as server:
            self.send_and_complete()
        self.assertEqual(len(server.taken), len(set(server.taken)))
        self.assertEqual(len(server.taken), 5)
        self.assertEqual(set(self.states(moves)), {"delivered"})
        self.assertFalse(self.pauses())

    def test_what_is_refused_together_is_no_vain_try(self):
        for channel in ("email", "sms"):
            with self.subTest(channel=channel):
                self.send(self.drafts(5), channel=channel)
                self.refuse_all(channel)
                pause = self.pauses()
                self.assertEqual(pause.attempts, 0)
                self.assertEqual(pause.next_try_date, self.now() + timedelta(minutes=5))
                for attempts, minutes in [(1, 5), (2, 10), (3, 20)]:
                    pause.action_try_again()
                    self.refuse_all(channel)
                    self.assertEqual(pause.attempts, attempts)
                    self.assertEqual(
                        pause.next_try_date, self.now() + timedelta(minutes=minutes)
                    )
                pause.unlink()

    def test_try_again(self):
        moves = self.drafts(2)
        self.send(moves)
        with self.server(behave=refuse_sender):
            self.send_and_complete()
        self.as_practitioner(self.pauses()).action_try_again()
        with self.server() as server:
            self.send_and_complete()
        self.assertEqual(len(server.taken), 2)
        self.assertFalse(self.pauses())

    def test_employees_learn_nothing_of_it(self):
        moves = self.drafts(1)
        self.send(moves)
        with self.server(behave=refuse_sender):
            self.send_and_complete()
        employee = self.hire("colleague", "base.group_user")
        with self.assertRaises(AccessError):
            self.pauses().with_user(employee).action_try_again()

    def assert_held_until_mended(self, error, words):
        """Nothing leaves while a connection ends so; all does once it is mended."""
        with self.subTest(words=words):
            moves = self.drafts(3)
            self.send(moves)
            with self.server(refuse_connection=error):
                self.send_and_complete()
            self.assert_paused(moves, words)
            self.pauses().action_try_again()
            with self.server():
                self.send_and_complete()
            self.assertEqual(set(self.states(moves)), {"delivered"})

    def test_login_certificate_and_policy(self):
        problems = [
            (smtplib.SMTPAuthenticationError(535, b"Bad password"), "Bad password"),
            (ssl.SSLCertVerificationError("certificate has expired"), "has expired"),
        ]
        for error, words in problems:
            self.assert_held_until_mended(error, words)

    def test_mail_server_that_refuses_the_connection(self):
        """In its own words, or with the number where it has none."""
        problems = [
            (smtplib.SMTPConnectError(554, b"5.7.1 Host is blocked"), "is blocked"),
            (smtplib.SMTPConnectError(521, b" "), "521"),
            (smtplib.SMTPHeloError(550, b"5.7.1 Bad reputation"), "Bad reputation"),
            (smtplib.SMTPHeloError(504, b""), "504"),
        ]
        for error, words in problems:
            self.assert_held_until_mended(error, words)

    def test_a_connection_that_is_refused_for_now_is_none_of_the_practices(self):
        for error in (
            smtplib.SMTPConnectError(421, b"Too many connections"),
            smtplib.SMTPConnectError(450, b"Later"),
            smtplib.SMTPHeloError(421, b"Shutting down"),
            smtplib.SMTPHeloError(451, b"Later"),
            smtplib.SMTPConnectError(-1, b"What"),
            smtplib.SMTPConnectError(600, b"What"),
        ):
            with self.subTest(error=error):
                moves = self.drafts(2)
                self.send(moves)
                with self.server(refuse_connection=error):
                    self.send_and_complete()
                self.assertEqual(set(self.states(moves)), {"sent"})
                self.assertFalse(self.pauses())

    def test_mail_server_that_says_so_at_the_recipient(self):
        def refuse(address):
            raise smtplib.SMTPRecipientsRefused(
                {address: (553, b"5.7.1 Not allowed to send to " + address.encode())}
            )

        moves = self.drafts(4)
        self.send(moves)
        with self.server(behave=refuse), self.assertLogs("odoo.addons", "ERROR"):
            self.send_and_complete()
        self.assert_paused(moves, "Not allowed to send")
        self.pauses().action_try_again()
        with self.server(behave=refuse), self.assertLogs("odoo.addons", "ERROR"):
            self.send_and_complete()  # one only, and no fault of its payer
        self.assert_paused(moves, "Not allowed to send")

    def test_mail_server_that_numbers_its_answers(self):
        numbers = itertools.count(1)

        def refuse(_address):
            words = f"5.7.1 Message rejected, id={next(numbers):06}-xyz [10.0.0.7]"
            raise smtplib.SMTPDataError(554, words.encode())

        moves = self.drafts(4)
        self.send(moves)
        with self.server(behave=refuse), self.assertLogs("odoo.addons", "ERROR"):
            self.send_and_complete()
        self.assert_paused(moves, "Message rejected")
        self.pauses().action_try_again()
        with self.server(behave=refuse), self.assertLogs("odoo.addons", "ERROR"):
            self.send_and_complete()
        self.assert_paused(moves, "Message rejected")

    def test_account_of_the_practice(self):
        for words in (
            b"5.4.5 Daily user sending limit exceeded",
            b"5.2.1 Your account has been suspended",
        ):
            with self.subTest(words=words):

                def refuse(address, words=words):
                    raise smtplib.SMTPRecipientsRefused({address: (550, words)})

                moves = self.drafts(3)
                self.send(moves)
                with (
                    self.server(behave=refuse),
                    self.assertLogs("odoo.addons", "ERROR"),
                ):
                    self.send_and_complete()
                self.assert_paused(moves, words.decode()[6:])
                self.pauses().action_try_again()
                with self.server():
                    for _time in range(2):
                        self.send_and_complete()

    def test_refused_one_by_one(self):
        """The third time in a row it is the practice's, however far apart they come."""

        def refuse(address):
            raise smtplib.SMTPRecipientsRefused({address: (553, b"5.7.1 Not allowed")})

        states = []
        for _message in range(3):
            move = self.drafts(1)
            self.send(move)
            with self.server(behave=refuse), self.assertLogs("odoo.addons", "ERROR"):
                self.send_and_complete()
            states += self.states(move)
        self.assertEqual(states, ["failed", "failed", "scheduled"])
        self.assertEqual(len(self.pauses()), 1)

    def test_refused_one_by_one_with_others_taken_between(self):
        def refuse(address):
            raise smtplib.SMTPRecipientsRefused({address: (553, b"5.7.1 Not allowed")})

        for _message in range(3):
            move = self.drafts(1)
            self.send(move)
            with self.server(behave=refuse), self.assertLogs("odoo.addons", "ERROR"):
                self.send_and_complete()
            self.assertEqual(self.states(move), ["failed"])
            taken = self.drafts(1)
            self.send(taken)
            with self.server():
                self.send_and_complete()
        self.assertFalse(self.pauses())

    def test_payer_who_is_tried_during_a_pause_keeps_up_no_other(self):
        """What a mail server says of that payer alone does not end in the next try."""

        def refuse(address):
            raise smtplib.SMTPRecipientsRefused({address: (554, b"5.7.1 Unwanted")})

        moves = self.drafts(3)
        self.send(moves)
        with self.server(behave=refuse_sender):
            self.send_and_complete()
        self.assert_paused(moves, "Not allowed to send")
        self.pauses().action_try_again()
        with self.server(behave=refuse), self.assertLogs("odoo.addons", "ERROR"):
            self.send_and_complete()
        self.assertEqual(
            sorted(self.states(moves)), ["failed", "scheduled", "scheduled"]
        )
        self.pauses().action_try_again()
        with self.server():
            self.send_and_complete()
        self.assertEqual(
            sorted(self.states(moves)), ["delivered", "delivered", "failed"]
        )

    def test_wrong_addresses_are_the_payers(self):
        def refuse(address):
            raise smtplib.SMTPRecipientsRefused({address: (550, b"5.1.1 Unknown")})

        moves = self.drafts(4)
        self.send(moves)
        with self.server(behave=refuse), self.assertLogs("odoo.addons", "ERROR"):
            self.send_and_complete()
        self.assertEqual(set(self.states(moves)), {"failed"})
        self.assertFalse(self.pauses())

    def test_a_mail_server_out_of_reach_is_tried_again(self):
        moves = self.drafts(3)
        self.send(moves)
        with self.server(refuse_connection=ConnectionRefusedError()):
            self.send_and_complete()
        self.assertEqual(set(self.states(moves)), {"sent"})
        reasons = set(moves.payment_message_ids.mapped("failure_reason"))
        self.assertEqual(reasons, {"The mail server cannot be reached."})
        self.assertFalse(self.pauses())

    def test_another_company_goes_on(self):
        mine = self.drafts(2)
        self.send(mine)
        with self.server(behave=refuse_sender):
            self.send_and_complete()
        self.pauses().company_id = self.env["res.company"].create({"name": "Other"})
        self.pauses().next_try_date = self.now() + timedelta(days=1)
        with self.server() as server:
            self.send_and_complete()
        self.assertEqual(len(server.taken), 2)

    def test_no_credit_for_sms(self):
        self.company.payments_channel = "sms"
        moves = self.drafts(4)
        self.send(moves)
        self.send_sms(sim_error="credit")
        self.assert_paused(moves, "There is no credit left at the SMS provider")
        self.pauses().action_try_again()
        self.send_sms()
        self.assertFalse(self.pauses())
        self.assertEqual(sorted(self.states(moves)).count("sent"), 1)
        self.send_sms()
        self.assertEqual(set(self.states(moves)), {"sent"})

    def test_sms_of_unknown_fate_is_not_sent_once_more(self):
        self.company.write({"payments_channel": "sms", "payments_failover": True})
        moves = self.drafts(2)
        self.send(moves[0])
        self.send_sms()
        unknown = moves[0].payment_message_ids
        # no answer came, and it waits with the e-mail until the limit is over
        unknown.sudo().notification_ids.write(
            {"notification_status": "exception", "failure_type": "sms_unconfirmed"}
        )
        self.complete_delivered()
        self.assertEqual(unknown.state, "sent")
        self.send(moves[1])
        self.send_sms(sim_error="credit")
        self.assertEqual(len(self.pauses()), 1)
        self.assertEqual(unknown.state, "sent")
        self.assertEqual(moves[1].payment_message_ids.state, "scheduled")

    def test_by_both_channels_the_other_goes(self):
        moves = self.drafts(3)
        self.send(moves, channel="both")
        with self.server(behave=refuse_sender):
            self.send_and_complete()
        self.assertEqual(set(self.states(moves)), {"sent"})
        self.send_sms()
        parts = moves.payment_message_ids.sudo().notification_ids
        statuses = {
            (part.notification_type, part.notification_status) for part in parts
        }
        self.assertEqual(statuses, {("email", "ready"), ("sms", "pending")})
        self.pauses().action_try_again()
        with self.server() as server:
            self.send_and_complete()
        self.assertEqual(len(server.taken), 3)
        self.assertEqual(set(self.states(moves)), {"delivered"})

    def test_messages_for_several_appointments_are_joined_anew(self):
        self.company.payments_together = True
        moves = self.draft() + self.draft()
        self.send(moves)
        with self.server(behave=refuse_sender):
            self.send_and_complete()
        self.assertEqual(self.states(moves), ["scheduled", "scheduled"])
        moves[0].action_bill_externally()
        self.pauses().action_try_again()
        with self.server() as server:
            self.send_and_complete()
        self.assertEqual(server.taken, ["kari@example.com"])
        self.assertEqual(moves.mapped("state"), ["cancel", "posted"])
