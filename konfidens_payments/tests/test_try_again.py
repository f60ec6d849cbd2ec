from odoo.exceptions import AccessError
from odoo.tests import tagged

from .pause_common import PauseCommon


@tagged("post_install", "-at_install")
class TestTryAgain(PauseCommon):
    """*Try Again* stands on what waits because sending is paused."""

    def test_button_is_on_what_waits(self):
        pause, message = self.pause("email")
        move = message.move_ids
        other = self.draft()
        self.assertTrue(move.waits_in_pause)
        self.assertTrue(move.booking_ids.waits_in_pause)
        self.assertFalse(other.waits_in_pause or other.booking_ids.waits_in_pause)
        self.assertGreater(pause.next_try_date, self.now())
        for records in (move, move.booking_ids):
            pause.next_try_date = "2099-01-01 00:00:00"
            action = self.as_practitioner(records).action_try_again()
            self.assertIn("is tried now", action["params"]["message"])
            self.assertLessEqual(pause.next_try_date, self.now())
        self.take_all("email")
        self.env.invalidate_all()
        self.assertFalse(move.waits_in_pause or move.booking_ids.waits_in_pause)
        self.assertFalse(self.pauses())

    def test_other_channel_does_not_wait(self):
        self.pause("email")
        self.client.phone = "+4791234567"
        move = self.draft()
        self.send(move, channel="sms")
        self.assertFalse(move.waits_in_pause)

    def test_pressed_when_it_is_over(self):
        pause, message = self.pause("email")
        pause.unlink()
        self.env.invalidate_all()
        action = self.as_practitioner(message.move_ids).action_try_again()
        self.assertIn("goes on already", action["params"]["message"])

    def test_colleagues_do_not_press_it(self):
        _pause, message = self.pause("email")
        colleague = self.practitioner.copy({"login": "colleague"})
        for records in (message.move_ids, message.move_ids.booking_ids):
            with self.assertRaises(AccessError):
                records.with_user(colleague).action_try_again()
