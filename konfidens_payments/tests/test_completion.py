from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import LockError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .pay_link_common import PayLinkCommon

REFUSAL = "The tax report is being made."
PAUSES = [timedelta(seconds=15)] + [timedelta(minutes=n) for n in (1, 4, 16)]


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestCompletion(PayLinkCommon):
    """Invoices that Odoo refuses to post although their message was delivered."""

    @contextmanager
    def posting_fails(self, *failures):
        """Let posting fail so many times, each in its way, and then work again."""
        moves = type(self.env["account.move"])
        post = moves._post
        failures = list(failures)

        def _post(records, soft=True):
            if failures:
                failures.pop(0)()
            return post(records, soft=soft)

        with (
            patch.object(moves, "_post", _post),
            mute_logger("odoo.addons.konfidens_payments.tools", "odoo.sql_db"),
        ):
            yield

    def refuse(self):
        raise UserError(REFUSAL)

    def find_locked(self):
        raise LockError(REFUSAL)

    def violate_constraint(self):
        self.env.cr.execute(
            "INSERT INTO konfidens_payment_message (move_id) VALUES (NULL)"
        )

    def delivered(self, *failures):
        """Return an invoice whose message arrived, and whose completion failed."""
        move = self.sent()
        # once for the batch, once for the invoice by itself
        with self.posting_fails(*failures, *failures):
            self.complete_delivered()
        self.assertEqual(move.payment_message_ids.state, "delivered")
        self.assertEqual(move.state, "draft")
        return move

    def complete_at(self, moment):
        with freeze_time(moment):
            self.complete_delivered()

    def assert_completed_at_next_try(self, move):
        message = move.payment_message_ids
        self.assertEqual(move.payment_completion_date, self.now() + PAUSES[0])
        self.assertEqual(move.booking_ids.payment_status, "sent")
        self.assertTrue(move.payment_message_attention)
        self.assertIn("It is tried again", move.payment_message_story)
        self.assertFalse(move.activity_ids)
        self.complete_at(move.payment_completion_date - timedelta(seconds=1))
        self.assertEqual(move.state, "draft")
        self.complete_at(move.payment_completion_date)
        self.assertEqual(move.state, "posted")
        self.assertFalse(message.failure_reason)
        self.assertEqual(move.payment_message_story, message.evidence)
        self.assertEqual(move.booking_ids.payment_status, "unpaid")

    def test_refusal_that_passes(self):
        move = self.delivered(self.refuse)
        self.assertIn(REFUSAL, move.payment_message_story)
        self.assert_completed_at_next_try(move)

    def test_lock_that_is_held_for_a_moment(self):
        self.assert_completed_at_next_try(self.delivered(self.find_locked))

    def test_constraint_that_fails_the_first_time(self):
        move = self.delivered(self.violate_constraint)
        # nothing of the database's own words, which nobody understands
        self.assertIn("an unexpected error", move.payment_message_story)
        self.assert_completed_at_next_try(move)

    def test_next_try_wakes_the_job(self):
        xmlid = "konfidens_payments.ir_cron_complete_delivered"
        with self.capture_triggers(xmlid) as captured:
            move = self.delivered(self.refuse)
        self.assertIn(
            move.payment_completion_date,
            captured.records.mapped("call_at"),
        )

    def test_what_stays_asks_the_responsible_person_once(self):
        move = self.delivered(self.refuse)
        for pause in PAUSES[1:]:
            with freeze_time(move.payment_completion_date):
                with self.posting_fails(*[self.refuse] * 2):
                    self.complete_delivered()
                self.assertEqual(move.payment_completion_date, self.now() + pause)
                self.assertFalse(move.activity_ids)
        with (
            freeze_time(move.payment_completion_date),
            self.posting_fails(*[self.refuse] * 2),
        ):
            self.complete_delivered()
        self.assertFalse(move.payment_completion_date)
        self.assertEqual(move.booking_ids.payment_status, "attention")
        self.assertEqual(len(move.activity_ids), 1)
        self.assertIn(REFUSAL, move.activity_ids.note)
        self.assertEqual(move.payment_message_story, move.payment_completion_problem)
        self.complete_at(self.now() + timedelta(days=1))
        self.assertEqual(move.state, "draft")
        # mended, and completed by hand
        move.action_complete_invoice()
        self.assertFalse(move.activity_ids)
        self.assertEqual(move.booking_ids.payment_status, "unpaid")

    def test_cancelled_meanwhile(self):
        move = self.delivered(self.refuse)
        move.action_bill_externally()
        self.complete_at(self.now() + timedelta(days=1))
        self.assertEqual(move.state, "cancel")
        self.assertFalse(move.payment_message_attention)

    def test_payer_opens_the_link_meanwhile(self):
        move = self.delivered(self.refuse)
        # looking again and again uses up no try
        with self.posting_fails(*[self.refuse] * 20):
            for _i in range(10):
                self.assert_page(move, "preparing")
        self.assertEqual(move.payment_completion_attempts, 1)
        self.assertEqual(move.payment_completion_date, self.now() + PAUSES[0])
        self.assert_page(move, "to_pay")
        self.assertEqual(move.state, "posted")
        self.assertFalse(move.payment_completion_date)

    def test_bounce_meanwhile_leaves_a_draft(self):
        move = self.delivered(self.refuse)
        message = move.payment_message_ids
        message.mail_message_ids.notification_ids.sudo().write(
            {"notification_status": "bounce", "failure_type": "mail_bounce"}
        )
        self.complete_at(self.now() + timedelta(days=1))
        self.assertEqual(message.state, "failed")
        self.assertEqual(move.state, "draft")
        self.assertEqual(move.booking_ids.payment_status, "attention")
        self.assertIn("came back", move.payment_message_story)
