from datetime import timedelta
from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from .sms_common import SmsCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestSms(SmsCommon):
    """Payment messages by SMS, and by both channels."""

    given_by = "sent"

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
        move = self.given
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
        move = self.given
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
        self.assertIn("E-mail to k…@example.com", move.payment_message_ids.evidence)
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

    def interrupt(self, move):
        """Let the server stop while this SMS is sent, and ten minutes pass."""
        notification = move.payment_message_ids.notification_ids.filtered(
            lambda part: part.notification_type == "sms"
        )
        notification.sudo().notification_status = "process"  # marked; then killed
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sms_sms SET write_date = %s", [self.now() - timedelta(minutes=11)]
        )
        with self.gateways():
            self.run_cron("send_sms")
            self.assertFalse(self._sms)
        self.complete_delivered()

    def assert_asked_about_the_sms(self, move):
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.payment_message_ids.state, "delivered")
        activity = move.activity_ids.filtered("automated")
        self.assertEqual(len(activity), 1)
        self.assertIn("Ask the client before you send it again", activity.note)

    def test_a_person_hears_of_an_unknown_sms_beside_a_delivered_mail(self):
        move = self.draft()
        self.send(move, channel="both")
        with self.gateways():
            self.send_due()
        self.complete_delivered()
        self.assertFalse(move.activity_ids.filtered("automated"))
        self.interrupt(move)
        self.assert_asked_about_the_sms(move)
        # it had left after all
        self.report(move, "delivered")
        self.assertFalse(move.activity_ids.filtered("automated"))

    def test_a_person_hears_of_an_unknown_sms_also_where_the_mail_comes_later(self):
        move = self.draft()
        self.send(move, channel="both")
        with (
            self.gateways(),
            patch.object(
                type(self.env["konfidens.payment.message"]),
                "_get_next_letters",
                return_value=[],
            ),
        ):
            self.send_due()
        self.interrupt(move)
        self.assertEqual(move.state, "draft")
        with self.gateways():
            self.send_due()
        self.complete_delivered()
        self.assert_asked_about_the_sms(move)

    def test_report_after_it_was_given_up(self):
        move = self.given
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
        self.assert_attention(move, "No SMS can be sent to +47 … 67")

    def test_undelivered(self):
        move = self.given
        self.report(move, "not_delivered")
        self.assert_attention(move, "The SMS to +47 … 67 could not be delivered")

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
        move = self.given
        self.report(move, "delivered")
        self.report(move, "not_delivered")
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.booking_ids.payment_status, "attention")
