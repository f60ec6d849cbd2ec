from contextlib import contextmanager
from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.sms.tests.common import MockSMS

from .common import PaymentsCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestSms(PaymentsCommon, MockSMS):
    """Payment messages by SMS, by both channels, and by the other one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client.write(
            {"phone": "+47 912 34 567", "country_id": cls.env.ref("base.no").id}
        )
        cls.company.payments_channel = "sms"

    @contextmanager
    def gateways(self, **options):
        """A mail server, and an SMS provider with options of `mockSMSGateway`."""
        with (
            self.mock_mail_gateway(),
            self.mockSMSGateway(sms_allow_unlink=True, **options),
        ):
            yield

    def send_all(self, **options):
        with self.gateways(**options):
            self.send_due()
            self.run_cron("send_sms")
        self.complete_delivered()

    def sent(self, **values):
        """Return the draft of which the provider has the SMS."""
        move = self.draft()
        self.send(move, **values)
        self.send_all()
        return move

    def report(self, move, status):
        """Let the provider report on the SMS, as its callback does."""
        trackers = move.payment_message_ids.mail_message_ids.notification_ids.sudo()
        trackers = trackers.sms_tracker_ids
        if status in ("sent", "delivered"):
            state = self.env["sms.sms"].IAP_TO_SMS_STATE_SUCCESS[status]
            trackers._action_update_from_sms_state(state)
        else:
            trackers._action_update_from_provider_error(status)
        self.complete_delivered()

    def assert_attention(self, move, reason):
        message = move.payment_message_ids[0]
        self.assertEqual(message.state, "failed")
        self.assertIn(reason, message.failure_reason)
        self.assertEqual(move.state, "draft")
        self.assertEqual(move.booking_ids.payment_status, "attention")
        activity = move.activity_ids.filtered("automated")
        self.assertEqual(len(activity), 1)
        self.assertIn(reason, activity.note)

    # === WHAT THE CLIENT GETS === #

    def test_one_short_sms_without_a_word_of_the_treatment(self):
        move = self.draft()
        self.send(move)
        with self.gateways():
            self.send_due()
            self.assertFalse(self._sms)
            self.run_cron("send_sms")
            self.assertEqual(len(self._sms), 1)
            (sms,) = self._sms
        self.assertNotSentEmail()
        self.assertEqual(sms["number"], "+4791234567")
        self.assertIn("Praksis Vest: pay $ 1,250.00", sms["body"])
        self.assertIn("November 10, 2026 at 10:00 AM", sms["body"])
        self.assertTrue(sms["body"].endswith(move.pay_url))
        self.assertLessEqual(len(sms["body"].replace(move.get_base_url(), "")), 120)
        self.assertTrue(sms["body"].isascii(), "70 characters an SMS otherwise")
        for word in ("Depression", "private", "Trauma"):
            self.assertNotIn(word, sms["body"])

    def test_sms_in_the_clients_language(self):
        self.env["res.lang"]._activate_lang("nb_NO")
        template = self.env.ref("konfidens_payments.sms_template_payment")
        template.with_context(lang="nb_NO").body = "Betal her: {{ object.pay_url }}"
        self.client.lang = "nb_NO"
        move = self.draft()
        self.send(move)
        with self.gateways():
            self.send_due()
            self.run_cron("send_sms")
            self.assertEqual(self._sms[0]["body"], f"Betal her: {move.pay_url}")

    # === DELIVERY === #

    def test_reported_delivery_completes_the_invoice(self):
        move = self.sent()
        message = move.payment_message_ids
        self.assertEqual(message.state, "sent")
        self.assertEqual(move.state, "draft")
        self.report(move, "sent")
        self.assertEqual(move.state, "draft", "only handed to the phone network")
        self.report(move, "delivered")
        self.assertEqual(message.state, "delivered")
        self.assertEqual(move.state, "posted")
        self.assertIn("SMS to +47 … 67 delivered", message.evidence)
        self.assertEqual(move.booking_ids.payment_status, "unpaid")

    def test_reports_out_of_order_and_doubled(self):
        move = self.sent()
        for status in ("delivered", "sent", "delivered"):
            self.report(move, status)
        self.assertEqual(move.payment_message_ids.state, "delivered")
        self.assertEqual(move.state, "posted")
        self.assertFalse(move.payment_message_ids.failure_reason)

    def test_both_channels_one_is_enough(self):
        move = self.draft()
        self.send(move, channel="both")
        self.send_all()
        self.assertEqual(move.state, "posted")
        self.assertIn("E-mail to kari@example.com", move.payment_message_ids.evidence)
        statuses = move.payment_message_ids.mail_message_ids.notification_ids.mapped(
            "notification_status"
        )
        self.assertEqual(sorted(statuses), ["pending", "sent"])
        self.report(move, "invalid_destination")
        self.assertEqual(move.booking_ids.payment_status, "unpaid", "it has the e-mail")

    def test_sms_still_goes_when_the_mail_was_delivered_first(self):
        move = self.draft()
        self.send(move, channel="both")
        with self.gateways():
            self.send_due()
        self.complete_delivered()
        self.assertEqual(move.state, "posted")
        with self.gateways():
            self.run_cron("send_sms")
            self.assertEqual(len(self._sms), 1)

    def test_both_channels_with_one_address(self):
        self.client.email = False
        move = self.draft()
        self.send(move, channel="both")
        self.send_all()
        self.assertNotSentEmail()
        self.report(move, "delivered")
        self.assertEqual(move.state, "posted")

    def test_waiting_for_bounces_concerns_no_sms(self):
        self.company.payments_bounce_wait_minutes = 60
        move = self.draft()
        self.send(move, channel="both")
        self.send_all()
        self.assertEqual(move.state, "draft")
        self.report(move, "delivered")
        self.assertEqual(move.state, "posted")

    # === EXACTLY ONCE === #

    def test_odoos_own_queue_leaves_our_sms_alone(self):
        self.send(self.draft())
        with self.gateways():
            self.send_due()
            self.env["sms.sms"]._process_queue()
            self.assertFalse(self._sms)
            self.run_cron("send_sms")
            self.run_cron("send_sms")
            self.assertEqual(len(self._sms), 1)

    def test_sms_under_way_when_the_server_stopped_is_not_repeated(self):
        move = self.draft()
        self.send(move)
        with self.gateways():
            self.send_due()
        notification = move.payment_message_ids.mail_message_ids.notification_ids
        notification.sudo().notification_status = "process"  # marked; then killed
        self.env.flush_all()
        self.send_all()
        self.assertEqual(move.payment_message_ids.state, "sent")
        self.env.cr.execute(
            "UPDATE sms_sms SET write_date = %s", [self.now() - timedelta(minutes=11)]
        )
        with self.gateways():
            self.run_cron("send_sms")
            self.assertFalse(self._sms)
        self.complete_delivered()
        self.assert_attention(move, "Ask the client before you send it again")
        # it had left after all
        self.report(move, "delivered")
        self.assertEqual(move.payment_message_ids.state, "delivered")
        self.assertEqual(move.state, "posted")
        self.assertFalse(move.activity_ids.filtered("automated"))

    def test_report_after_it_was_given_up(self):
        move = self.sent()
        with freeze_time(self.now() + timedelta(hours=25)):
            self.complete_delivered()
            self.assert_attention(move, "Nobody confirmed within 24 hours")
            self.report(move, "delivered")
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.booking_ids.payment_status, "unpaid")

    # === FAILURE === #

    def test_wrong_number_asks_the_responsible_person(self):
        move = self.draft()
        self.send(move)
        self.send_all(sim_error="wrong_number_format")
        self.assert_attention(move, "No SMS can be sent to +4791234567")

    def test_no_credit_left(self):
        move = self.draft()
        self.send(move)
        self.send_all(sim_error="credit")
        self.assert_attention(move, "There is no credit left at the SMS provider")

    def test_undelivered(self):
        move = self.sent()
        self.report(move, "not_delivered")
        self.assert_attention(move, "The SMS to +4791234567 could not be delivered")

    def test_unreachable_provider_is_tried_again_with_pauses(self):
        move = self.draft()
        self.send(move)
        self.send_all(sim_error="jsonrpc_exception")
        message = move.payment_message_ids
        self.assertEqual(message.state, "sent")
        self.assertIn("The SMS provider cannot be reached.", message.story)
        self.assertEqual(message.next_try_date, self.now() + timedelta(minutes=1))
        with self.gateways():
            self.run_cron("send_sms")
            self.assertFalse(self._sms, "not before its time")
        with freeze_time(self.now() + timedelta(minutes=1)):
            self.send_all()
        self.report(move, "delivered")
        self.assertEqual(move.state, "posted")

    def test_unreachable_provider_does_not_hold_the_job_for_long(self):
        moves = [self.draft() for _i in range(5)]
        for move in moves:
            self.send(move)
        with self.gateways(sim_error="jsonrpc_exception"):
            self.send_due()
            self.run_cron("send_sms")
            self.assertEqual(self._sms_api_contact_iap_mock.call_count, 3)

    def test_one_bad_number_does_not_stop_the_others(self):
        other = self.client.copy({"name": "Ola", "phone": "+4791234568"})
        bad, good = self.draft(), self.draft()
        good.partner_id = other
        for move in (bad, good):
            self.send(move)
        self.send_all(nbr_t_error={"+4791234567": "wrong_number_format"})
        self.report(good, "delivered")
        self.assertEqual(good.state, "posted")
        self.assertEqual(bad.state, "draft")

    def test_late_failure_leaves_the_invoice_and_asks(self):
        move = self.sent()
        self.report(move, "delivered")
        self.report(move, "not_delivered")
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.booking_ids.payment_status, "attention")

    # === THE OTHER CHANNEL === #

    def test_failover_once(self):
        self.company.payments_failover = True
        move = self.draft()
        self.send(move)
        self.send_all(sim_error="wrong_number_format")
        email, sms = move.payment_message_ids.sorted("channel")
        self.assertEqual((sms.state, email.state), ("failed", "scheduled"))
        self.assertTrue(email.is_failover)
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
