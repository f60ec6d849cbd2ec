from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import PaymentsCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestMoments(PaymentsCommon):
    """What is said to come lies ahead; what should have come is about to."""

    given_by = "draft"

    def assert_in_a_moment(self, move, words, moments):
        for moment in moments:
            with self.subTest(moment=moment), freeze_time(moment):
                self.env.invalidate_all()
                self.assertIn(f"{words} in a moment", move.payment_message_story)

    def test_scheduled_message_whose_time_has_come(self):
        move = self.given
        message = self.send(move)
        date = message.scheduled_date
        late = (date, date + timedelta(minutes=3), date + timedelta(minutes=9))
        self.assert_in_a_moment(move, "The payment message goes out", late)
        with freeze_time(date + timedelta(days=3)):
            self.env.invalidate_all()
            self.assertIn("has not left yet", move.payment_message_story)
        with freeze_time(date - timedelta(hours=1)):
            self.env.invalidate_all()
            self.assertIn("goes out today 9:00 AM", move.payment_message_story)

    def test_waits_for_an_online_payment_that_should_be_known(self):
        move = self.given
        message = self.send(move)
        message.sudo()._wait_for_payment()
        date = message.scheduled_date
        self.assert_in_a_moment(
            move,
            "If it fails, the payment message goes out",
            (date, date + timedelta(days=2)),
        )

    def test_next_try_whose_time_has_come(self):
        move = self.given
        self.send(move)
        with self.mail_server(self.refuse(451, b"Try later")):
            self.send_due()
        self.complete_delivered()
        date = move.payment_message_ids.next_try_date
        self.assert_in_a_moment(
            move, "It is tried again", (date, date + timedelta(days=2))
        )

    def test_next_try_of_completing_whose_time_has_come(self):
        move = self.given
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        date = self.now() + timedelta(minutes=1)
        move.sudo().button_draft()
        move.sudo().write(
            {
                "payment_completion_problem": "The books are locked.",
                "payment_completion_date": date,
                "posted_before": False,
            }
        )
        self.assert_in_a_moment(
            move, "It is tried again", (date, date + timedelta(days=2))
        )

    def test_billing_run_for_a_moment_that_is_past(self):
        booking = self.booking_of(self.book_externally(service_id=self.service.id))
        run = self.env["konfidens.payment.run"].create(
            {
                "booking_ids": [(6, 0, booking.ids)],
                "send_mode": "later",
                "scheduled_date": self.now() - timedelta(days=1),
            }
        )
        self.assertEqual(run.sending_summary, "E-mail: 1, at once.")
