from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .sms_common import SmsCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestOtherChannel(SmsCommon):
    """By which channel a message goes, and what happens when that one fails."""

    # === THE OTHER CHANNEL === #

    def test_failover_once(self):
        self.company.payments_failover = True
        move = self.draft()
        self.send(move)
        self.send_all(sim_error="wrong_number_format")
        email, sms = move.payment_message_ids.sorted("channel")
        self.assertEqual((sms.state, email.state), ("failed", "scheduled"))
        self.assertFalse(move.activity_ids.filtered("automated"))
        url = move.pay_url
        self.send_all()
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.pay_url, url)
        self.assertEqual(move.booking_ids.payment_status, "unpaid")

    def test_failover_that_fails_asks(self):
        self.company.payments_failover = True
        move = self.draft()
        self.send(move, channel="email")
        self.client.email = False
        self.send_all(sim_error="wrong_number_format")
        self.assertEqual(move.payment_message_ids[0].channel, "sms")
        self.assertEqual(len(move.payment_message_ids), 2)
        self.assert_attention(move, "No SMS can be sent")

    def test_no_failover_unless_the_company_wants_it(self):
        move = self.draft()
        self.send(move)
        self.send_all(sim_error="wrong_number_format")
        self.assertEqual(len(move.payment_message_ids), 1)

    def test_no_failover_to_who_has_no_address(self):
        self.company.payments_failover = True
        self.client.email = False
        move = self.draft()
        self.send(move)
        self.send_all(sim_error="wrong_number_format")
        self.assert_attention(move, "No SMS can be sent")

    def test_other_channel_by_hand(self):
        move = self.draft()
        self.send(move)
        self.send_all(sim_error="wrong_number_format")
        self.as_practitioner(move.payment_message_ids).action_other_channel()
        self.send_all()
        self.assertEqual(move.payment_message_ids[0].channel, "email")
        self.assertEqual(move.state, "posted")

    def test_other_channel_without_address(self):
        self.client.email = False
        move = self.draft()
        self.send(move)
        self.send_all(sim_error="wrong_number_format")
        with (
            self.assert_nothing_changes(move.payment_message_ids),
            self.assertRaisesRegex(UserError, "has no e-mail address"),
            self.cr.savepoint(),
        ):
            move.payment_message_ids.action_other_channel()

    # === BEFORE IT GOES === #

    def open_dialog(self, move):
        action = self.as_practitioner(move).action_send_payment_message()
        return Form(
            self.env[action["res_model"]]
            .with_user(self.practitioner)
            .with_context(**action["context"])
        )

    def test_dialog_shows_the_sms(self):
        dialog = self.open_dialog(self.draft())
        self.assertEqual(dialog.channel, "sms")
        self.assertEqual(dialog.recipient, "Kari Nordmann +47 912 34 567")
        self.assertIn("Praksis Vest: pay", dialog.sms_body)
        dialog.channel = "both"
        self.assertIn("kari@example.com", dialog.recipient)

    def test_dialog_proposes_what_reaches_the_client(self):
        self.client.phone = False
        self.assertEqual(self.open_dialog(self.draft()).channel, "email")

    def test_no_phone_number(self):
        self.client.phone = False
        move = self.draft()
        with (
            self.assert_nothing_changes(move),
            self.assertRaisesRegex(UserError, "Kari Nordmann has no phone number"),
            self.cr.savepoint(),
        ):
            self.send(move, channel="sms")

    def test_malformed_phone_number(self):
        self.client.phone = "twelve"
        move = self.draft()
        with (
            self.assert_nothing_changes(move),
            self.assertRaisesRegex(UserError, "twelve, cannot be right. Correct it"),
            self.cr.savepoint(),
        ):
            self.send(move, channel="sms")

    def test_nobody_to_reach(self):
        self.client.write({"phone": False, "email": False})
        move = self.draft()
        with self.assertRaisesRegex(UserError, "has no phone number"):
            move.action_send_payment_message()
