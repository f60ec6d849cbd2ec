from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import PaymentsCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestFailure(PaymentsCommon):
    """What happens to a payment message that does not arrive."""

    def send_and_fail(self, error, **values):
        move = self.draft()
        self.send(move, **values)
        with self.mail_server(error):
            self.send_due()
        self.complete_delivered()
        return move

    def activities(self, move):
        return move.activity_ids.filtered(
            lambda activity: (
                activity.activity_type_id
                == self.env.ref("konfidens_payments.mail_activity_payment")
            )
        )

    def test_final_refusal_asks_the_responsible_person_once(self):
        move = self.send_and_fail(self.refuse(550, b"5.1.1 No such mailbox"))
        message = move.payment_message_ids
        self.assertEqual(message.state, "failed")
        self.assertEqual(
            message.failure_reason,
            "The mail server refused k…@example.com: 5.1.1 No such mailbox.",
        )
        self.assertEqual(move.state, "draft")
        self.assertEqual(move.booking_ids.payment_status, "attention")
        activity = self.activities(move)
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.practitioner)
        self.assertIn("No such mailbox", activity.note)

        message.action_retry()
        self.assertFalse(self.activities(move))
        with self.mail_server(self.refuse(550, b"Again")):
            self.send_due()
        self.complete_delivered()
        self.assertEqual(len(self.activities(move)), 1)

    def test_companys_responsible_person_is_asked_first(self):
        self.company.payments_responsible_id = self.accountant
        move = self.send_and_fail(self.refuse(550, b"No"))
        self.assertEqual(self.activities(move).user_id, self.accountant)

    def test_completing_by_hand_takes_the_activity_away(self):
        move = self.send_and_fail(self.refuse(550, b"No"))
        move.action_complete_invoice()
        self.assertFalse(self.activities(move))
        self.assertEqual(move.booking_ids.payment_status, "unpaid")

    def test_billing_externally_takes_the_activity_away(self):
        move = self.send_and_fail(self.refuse(550, b"No"))
        move.action_bill_externally()
        self.assertFalse(self.activities(move))

    def test_passing_fault_is_tried_again_with_growing_pauses(self):
        with self.capture_triggers("konfidens_payments.ir_cron_send_due") as captured:
            move = self.send_and_fail(self.refuse(451, b"Try later"))
        message = move.payment_message_ids
        mail = message.mail_message_ids
        self.assertEqual(message.state, "sent")
        self.assertEqual(message.attempts, 1)
        self.assertEqual(message.next_try_date, self.now() + timedelta(seconds=15))
        self.assertIn(message.next_try_date, captured.records.mapped("call_at"))
        self.assertIn("Try later. It is tried again", move.payment_message_story)
        self.assertFalse(self.activities(move))
        # not before its time
        with self.mock_mail_gateway():
            self.send_due()
        self.assertNotSentEmail()
        for attempts, pause in [(2, 1), (3, 4), (4, 16), (5, 60), (6, 60)]:
            with freeze_time(message.next_try_date):
                with self.mail_server(self.refuse(451, b"Try later")):
                    self.send_due()
                self.complete_delivered()
                self.assertEqual(message.attempts, attempts)
                self.assertEqual(
                    message.next_try_date, self.now() + timedelta(minutes=pause)
                )
        with freeze_time(message.next_try_date):
            with self.mock_mail_gateway():
                self.send_due()
            self.complete_delivered()
        self.assertEqual(len(self._mails), 1)
        self.assertEqual(message.mail_message_ids, mail)
        self.assertEqual(message.state, "delivered")
        self.assertFalse(message.failure_reason)
        self.assertEqual(move.state, "posted")

    def test_passing_fault_is_given_up_at_the_companys_limit(self):
        self.company.payments_delivery_limit_hours = 2
        move = self.send_and_fail(self.refuse(451, b"Try later"))
        message = move.payment_message_ids
        with freeze_time(self.now() + timedelta(hours=3)):
            with self.mail_server(self.refuse(451, b"Try later")):
                self.send_due()
            self.complete_delivered()
        self.assertEqual(message.state, "failed")
        self.assertEqual(len(self.activities(move)), 1)
        with freeze_time(self.now() + timedelta(hours=5)), self.mock_mail_gateway():
            self.send_due()
        self.assertNotSentEmail()

    def test_unconfirmed_message_needs_attention_after_the_limit(self):
        move = self.draft()
        message = self.send(move)
        with self.mock_mail_gateway():
            message.sudo()._hand_over()  # handed over, and never sent
        with freeze_time(self.now() + timedelta(hours=23)):
            self.complete_delivered()
            self.assertEqual(message.state, "sent")
        with freeze_time(self.now() + timedelta(hours=24)):
            self.complete_delivered()
        self.assertEqual(message.state, "failed")
        self.assertIn("Nobody confirmed within 24 hours", message.failure_reason)
        with freeze_time(self.now() + timedelta(hours=25)), self.mock_mail_gateway():
            self.send_due()
        self.assertNotSentEmail()

    def test_company_may_wait_for_bounces(self):
        self.company.payments_bounce_wait_minutes = 30
        move = self.draft()
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.assertEqual(move.state, "draft")
        with freeze_time(self.now() + timedelta(minutes=29)):
            self.complete_delivered()
            self.assertEqual(move.state, "draft")
        with freeze_time(self.now() + timedelta(minutes=30)):
            self.complete_delivered()
        self.assertEqual(move.state, "posted")

    def test_bounce_while_waiting_fails(self):
        self.company.payments_bounce_wait_minutes = 30
        move = self.draft()
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.bounce(move)
        with freeze_time(self.now() + timedelta(minutes=31)):
            self.complete_delivered()
        self.assertEqual(move.state, "draft")
        self.assertIn("came back", move.payment_message_ids.failure_reason)

    def bounce(self, move):
        move.payment_message_ids.mail_message_ids.notification_ids.sudo().write(
            {"notification_status": "bounce", "failure_type": "mail_bounce"}
        )

    def test_late_bounce_leaves_the_invoice_and_asks_once(self):
        move = self.draft()
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.bounce(move)
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.booking_ids.payment_status, "attention")
        self.assertEqual(len(self.activities(move)), 1)
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({})._create_payments()
        self.assertEqual(move.booking_ids.payment_status, "paid")

    # === BEFORE IT GOES === #

    def test_what_could_not_be_completed_is_not_sent(self):
        account = self.company_data["default_account_revenue"].sudo()
        move = self.draft()
        message = self.send(move)
        account.active = False
        with self.mock_mail_gateway():
            self.send_due()
        self.assertNotSentEmail()
        self.assertEqual(message.state, "failed")
        self.assertIn("is archived", message.failure_reason)
        self.assertEqual(move.booking_ids.payment_status, "attention")
        account.active = True
        message.action_retry()
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.assertEqual(move.state, "posted")
