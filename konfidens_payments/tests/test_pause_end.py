from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .pause_common import PauseCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestPauseEnd(PauseCommon):
    """A pause ends also where nothing waits for that, and whoever presses learns it."""

    def press(self, pauses):
        """Return what somebody reads who presses Try Again."""
        action = self.as_practitioner(pauses).action_try_again()
        self.assertEqual(action["tag"], "display_notification")
        return action["params"]["message"]

    def call_off(self, message):
        self.as_practitioner(message).action_cancel()

    def bill_externally(self, message):
        self.as_practitioner(message).line_ids.move_id.action_bill_externally()

    def send_otherwise(self, message):
        other = {"email": "sms", "sms": "email"}[message.channel]
        self.call_off(message)
        self.send(message.line_ids.move_id, channel=other)

    def lose_address(self, message):
        """Let it go by the other of two channels alone."""
        name = "phone" if message.channel == "sms" else "email"
        message.sudo().channel = "both"
        message.partner_id[name] = False

    def each_way(self):
        """Yield each pause in which nothing waits any more, whatever became of it."""
        for channel in ("email", "sms"):
            pause, message = self.pause(channel)
            for empty in (
                self.call_off,
                self.bill_externally,
                self.send_otherwise,
                self.lose_address,
            ):
                way = {"channel": channel, "way": empty.__name__}
                with self.subTest(**way), self.undone():
                    empty(message)
                    self.assertTrue(pause.exists())
                    activities = pause.activity_ids
                    self.assertTrue(activities)
                    yield pause
                    self.assertFalse(pause.exists())
                    self.assertFalse(activities.exists())
            message.line_ids.move_id._call_off_messages()
            pause.unlink()

    def test_nothing_waits_and_somebody_tries(self):
        for pause in self.each_way():
            self.assertIn("Nothing waits any more", self.press(pause))

    def test_nothing_waits_and_time_comes(self):
        for pause in self.each_way():
            self.send_due()
            self.assertTrue(pause.exists())
            with freeze_time(pause.next_try_date):
                self.assertTrue(
                    self.env["konfidens.payment.message"].sudo()._has_unfinished()
                )
                self.send_due()

    def test_something_waits(self):
        def is_due(message):
            pass

        def is_for_later(message):
            message.sudo().scheduled_date = self.now() + timedelta(days=3)

        def goes_by_both(message):
            message.sudo().channel = "both"

        def is_on_its_way(message):
            message.sudo().channel = "both"
            with self.mock_mail_gateway():
                message.sudo()._hand_over()

        for channel in ("email", "sms"):
            pause, message = self.pause(channel)
            for wait in (is_due, is_for_later, goes_by_both, is_on_its_way):
                way = {"channel": channel, "way": wait.__name__}
                with self.subTest(**way), self.undone():
                    wait(message)
                    self.assertFalse(pause._is_idle())
                    self.assertIn("is tried now", self.press(pause))
                    self.assertEqual(pause.next_try_date, self.now())
                    self.env["konfidens.payment.pause"].sudo()._end_idle()
                    self.assertTrue(pause.exists())
            pause.unlink()
            message.line_ids.move_id.sudo()._call_off_messages()

    def test_what_another_company_waits_for_is_its_own(self):
        pause, message = self.pause("email")
        pause.company_id = self.env["res.company"].create({"name": "Other"})
        self.assertTrue(pause._is_idle())
        self.assertEqual(message.state, "scheduled")

    def test_pause_has_ended(self):
        pause, _message = self.pause("email")
        pause.unlink()
        for user in (self.practitioner, self.accountant, self.env.user):
            action = pause.with_user(user).action_try_again()
            self.assertEqual(action["params"]["message"], "Sending goes on already.")

    def test_one_of_two_has_ended(self):
        ended, _message = self.pause("email")
        pause, _message = self.pause("sms")
        ended.unlink()
        self.assertIn("is tried now", self.press(ended + pause))
