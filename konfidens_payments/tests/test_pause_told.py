from datetime import timedelta

from odoo.tests import freeze_time, tagged

from ..tools import end_sentence
from .pause_common import PauseCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestPauseTold(PauseCommon):
    """What people read of a pause: whole sentences, and only what concerns them."""

    def get_notices(self):
        bookings = self.env["konfidens.payment.booking"]
        return [notice["text"] for notice in bookings.get_payment_notices()]

    # === SENTENCES === #

    def test_end_of_a_sentence(self):
        for words in ("Not allowed to send", "See <x@y.no>", "(why"):
            self.assertEqual(end_sentence(words), words + ".")
        self.assertEqual(end_sentence("Later \n"), "Later.")
        for words in ("It is over.", "“It is over.”", "Why?", "Later …", "", "(No.)"):
            self.assertEqual(end_sentence(words), words)

    def test_what_is_paused(self):
        for channel, words in {
            "email": ("sending by e-mail is paused.", "Not allowed to send. The"),
            "sms": ("sending by SMS is paused.", "SMS provider. The"),
        }.items():
            with self.subTest(channel=channel):
                pause, message = self.pause(channel)
                [notice] = self.get_notices()
                for word in (*words, "again today 09:05"):
                    self.assertIn(word, notice.replace("9:05 AM", "09:05"))
                self.assertIn(words[0][8:], message.story)
                self.assertIn(words[1], message.story)
                self.assertIn(words[1], pause.activity_ids.note)
                pause.unlink()

    def test_what_is_tried_again(self):
        move = self.draft()
        message = self.send(move).sudo()
        with self.mail_server(self.refuse(451, b"4.3.0 later")):
            self.send_due()
        self.complete_delivered()
        self.assertIn("4.3.0 later. It is tried again", message.story)

    def test_what_is_said_in_another_way(self):
        message = self.send(self.draft()).sudo()
        message.failure_reason = "No more"
        self.assertEqual(message.failure_reason, "No more.")
        self.assertIn("No more. If it fails", message.story)

    # === SEND NOW === #

    def for_later(self, channel, company=None):
        moves = self.drafts(1)
        self.send(
            moves,
            channel=channel,
            send_mode="later",
            scheduled_date=self.now() + timedelta(days=1),
        )
        return moves.payment_message_ids

    def assert_told(self, action, words):
        if not words:
            self.assertNotIn("tag", action or {})
            return
        self.assertIn(words, action["params"]["message"])

    def test_send_now_tells_of_its_own_channel(self):
        messages = {name: self.for_later(name) for name in ("email", "sms", "both")}
        pause, _first = self.pause("email")
        expected = {"email": "by e-mail is paused", "sms": False, "both": False}
        for channel, message in messages.items():
            with self.subTest(channel=channel):
                action = self.as_practitioner(message).action_send_now()
                self.assert_told(action, expected[channel])
        together = self.for_later("sms") + self.for_later("email")
        action = self.as_practitioner(together).action_send_now()
        self.assert_told(action, "by e-mail is paused")
        self.assertEqual(action["params"]["message"].count("is paused"), 1)
        pause.company_id = self.env["res.company"].create({"name": "Other"})
        self.practitioner.company_ids += pause.company_id
        action = self.as_practitioner(self.for_later("email")).action_send_now()
        self.assert_told(action, False)

    def test_dialog_tells_of_its_own_channel(self):
        self.pause("email")
        for channel, words in {"email": "by e-mail is paused", "sms": False}.items():
            with self.subTest(channel=channel):
                move = self.as_practitioner(self.drafts(1))
                action = move.action_send_payment_message()
                dialog = self.env["konfidens.payment.message.wizard"].with_user(
                    self.practitioner
                )
                dialog = dialog.with_context(**action["context"])
                dialog = dialog.create({"channel": channel})
                action = dialog.action_confirm()
                is_warning = action["params"]["type"] != "success"
                self.assert_told(action if is_warning else False, words)

    def test_send_again_tells_of_the_channel_it_takes(self):
        self.pause("email")
        for channel, button, words in [
            ("email", "action_retry", "by e-mail is paused"),
            ("email", "action_other_channel", False),
            ("sms", "action_retry", False),
            ("sms", "action_other_channel", "by e-mail is paused"),
        ]:
            for of_invoice in (False, True):
                with self.subTest(channel=channel, button=button, move=of_invoice):
                    message = self.for_later(channel)
                    message.sudo()._fail("No such mailbox.")
                    records = self.as_practitioner(message)
                    if of_invoice:
                        records = records.line_ids.move_id
                        button = button.replace("retry", "send_again")
                    self.assert_told(getattr(records, button)(), words)

    # === ON ITS PAGE === #

    def test_who_is_asked_marks_it_done(self):
        self.company.payments_responsible_id = self.accountant
        pause, _message = self.pause("email")
        for user in (self.practitioner, self.accountant):
            seen = pause.with_user(user)
            self.assertIn("<chatter", seen.get_view(view_type="form")["arch"])
            self.assertEqual(seen.activity_ids.user_id, self.accountant)
        seen.activity_ids.action_feedback("Called them")
        self.assertFalse(pause.activity_ids)
        self.assertIn("Called them", pause.message_ids[0].body)
