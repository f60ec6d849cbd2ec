from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .pay_link_common import PayLinkCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestCompletionTime(PayLinkCommon):
    """Odoo kills a job that takes too long: it begins nothing after its time."""

    given_by = "sent"

    @contextmanager
    def refused(self):
        with (
            patch.object(
                type(self.env["account.move"]), "_post", side_effect=UserError("No.")
            ),
            mute_logger("odoo.addons.konfidens_payments.tools"),
        ):
            yield

    def complete_late(self):
        """Run the job when its time is over; return what it says of its progress."""
        cron = self.env.ref("konfidens_payments.ir_cron_complete_delivered")
        cron, progress = cron.with_context(cron_id=cron.id)._add_progress()
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            context = {**cron.env.context, "cron_end_time": 0}
            late = self.env(cr=cr, context=context)
            late["konfidens.payment.message"]._cron_complete_delivered()
        self.env.invalidate_all()
        return progress.done, bool(progress.remaining)

    def assert_left_for_the_next_run(self, look, before, after):
        self.assertEqual(look(), before)
        # nothing done, and something left: Odoo comes back at once
        self.assertEqual(self.complete_late(), (0, True))
        self.assertEqual(look(), before)
        self.complete_delivered()
        self.assertEqual(look(), after)

    def test_delivered_ones_wait_for_the_next_run(self):
        move = self.given
        self.assert_left_for_the_next_run(lambda: move.state, "draft", "posted")

    def test_next_tries_wait_for_the_next_run(self):
        move = self.given
        with self.refused():
            self.complete_delivered()
        with freeze_time(move.payment_completion_date):
            self.assert_left_for_the_next_run(lambda: move.state, "draft", "posted")

    def test_unconfirmed_ones_wait_for_the_next_run(self):
        message = self.given.payment_message_ids
        message.notification_ids.sudo().notification_status = "pending"
        with freeze_time(message.give_up_date + timedelta(minutes=1)):
            self.assert_left_for_the_next_run(lambda: message.state, "sent", "failed")

    def test_many_are_completed_in_one_run_with_time(self):
        moves = self.given + self.sent() + self.sent()
        with patch("odoo.addons.konfidens_payments.tools.jobs.BATCH_SIZE", 1):
            with self.refused():
                self.complete_delivered()
            self.assertEqual(set(moves.mapped("state")), {"draft"})
            with freeze_time(max(moves.mapped("payment_completion_date"))):
                self.complete_delivered()
        self.assertEqual(set(moves.mapped("state")), {"posted"})
