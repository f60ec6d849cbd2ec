from contextlib import contextmanager

from odoo.addons.sms.tests.common import MockSMS

from .common import PaymentsCommon


class SmsCommon(PaymentsCommon, MockSMS):
    """A practice that writes by SMS, and the gateways of both channels."""

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
