from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ..models.billing_run import batches as running
from .run_common import RunCommon


@tagged("post_install", "-at_install")
class TestRunRun(RunCommon):
    """What a run does, at once and in the background."""

    def test_few_are_billed_at_once(self):
        bookings = self.book_many(3)
        run = self.start(bookings)
        self.assertEqual(bookings.mapped("payment_status"), ["draft"] * 3)
        self.assertEqual(bookings.mapped("invoicing_method"), ["manual"] * 3)
        self.assertFalse(bookings.invoice_id.payment_message_ids)
        self.assertRecordValues(
            run,
            [
                {
                    "state": "done",
                    "progress": 100,
                    "billed_count": 3,
                    "payer_count": 1,
                    "user_id": self.env.uid,
                }
            ],
        )
        self.assertIn("Billed: 3 for", run.message_ids[0].body)
        self.assertFalse(run.message_ids.notification_ids)

    def test_results_are_a_row_for_each_booking(self):
        good, free = self.book_many(1), self.book_many(1, price=0.0)
        run = self.start(good + free)
        action = run.action_view_results()
        lines = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(
            self.results(run),
            {good: ("billed", False), free: ("skipped", "no_price")},
        )
        rows = lines.sorted("amount").export_data(
            ["start", "payer_id/name", "amount", "result", "reason"]
        )["datas"]
        self.assertEqual(rows[1][1:], ["Kari Nordmann", 1250.0, "Billed", ""])
        self.assertEqual(rows[0][3:], ["Left out", "No price"])
        self.assertEqual(lines.move_id, good.invoice_id)

    def test_messages_now(self):
        bookings = self.book_many(2)
        run = self.start(bookings, send_mode="now")
        messages = bookings.invoice_id.payment_message_ids
        self.assertEqual(messages.mapped("state"), ["scheduled"] * 2)
        self.assertEqual(set(messages.mapped("scheduled_date")), {run.started_on})
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(bookings.mapped("payment_status"), ["sent"] * 2)

    def test_messages_by_the_companys_timing(self):
        past = self.book_many(1, datetime(2026, 3, 2, 9, 0))
        future = self.book_many(1, self.now() + timedelta(days=3))
        self.start(past + future, send_mode="timing")
        self.assertLessEqual(
            past.invoice_id.payment_message_ids.scheduled_date, self.now()
        )
        message = future.invoice_id.payment_message_ids
        self.assertEqual(message.scheduled_date, future.stop + timedelta(minutes=15))
        self.assertTrue(message.follows_appointment)

    def test_messages_later_and_spread(self):
        moment = self.now().replace(microsecond=0) + timedelta(days=1)
        bookings = self.book_many(5)
        self.start(bookings, send_mode="later", scheduled_date=moment, hourly_limit=4)
        dates = bookings.invoice_id.payment_message_ids.sorted("scheduled_date")
        self.assertEqual(
            [
                (message.scheduled_date - moment).total_seconds() / 60
                for message in dates
            ],
            [0, 15, 30, 45, 60],
        )

    def test_one_bad_booking_is_reported_and_the_rest_goes_on(self):
        bookings = self.book_many(3)
        create = type(bookings)._create_draft_invoices
        reason = "Its journal is full"

        def create_or_fail(batch):
            if bookings[1] in batch:
                raise UserError(reason)
            return create(batch)

        with (
            patch.object(type(bookings), "_create_draft_invoices", create_or_fail),
            self.assertLogs("odoo.addons.konfidens_payments.tools", "WARNING"),
        ):
            run = self.start(bookings)
        self.assertEqual(
            [result for result, _reason in self.results(run).values()],
            ["billed", "failed", "billed"],
        )
        self.assertEqual(run.failed_count, 1)
        failed = run.line_ids.filtered(lambda line: line.result == "failed")
        self.assertEqual(failed.details, reason)
        self.assertEqual(bookings[1].payment_status, "external")
        self.assertIn("Failed: 1", run.message_ids[0].body)

    def test_draft_whose_message_could_not_leave_is_not_made(self):
        booking = self.book_many(1)
        move = type(booking.invoice_id)
        with (
            patch.object(move, "_get_posting_problem", lambda move: "it is locked."),
            self.assertLogs("odoo.addons.konfidens_payments.tools", "WARNING"),
        ):
            run = self.start(booking, send_mode="now")
        self.assertIn("it is locked", run.line_ids.details)
        self.assertEqual(booking.payment_status, "external")
        self.assertFalse(booking.move_line_ids)

    # === IN THE BACKGROUND === #

    def start_many(self, count=7, **choices):
        """Return a run that works in batches of three in the background."""
        for name, value in (("AT_ONCE", 2), ("BATCH_SIZE", 3)):
            patcher = patch.object(running, name, value)
            patcher.start()
            self.addCleanup(patcher.stop)
        with self.capture_triggers("konfidens_payments.ir_cron_run") as captured:
            run = self.start(self.book_many(count), **choices)
        self.assertTrue(captured.records)
        self.assertEqual((run.state, run.progress), ("running", 0))
        return run

    def test_many_are_billed_by_the_job_who_tells_the_starter(self):
        self.env.user.email = "head@praksisvest.example.com"
        run = self.start_many()
        self.run_in_background()
        self.assertEqual((run.state, run.billed_count), ("done", 7))
        self.assertEqual(len(run.booking_ids.invoice_id), 7)
        summary = run.message_ids[0]
        self.assertIn("Billed: 7", summary.body)
        self.assertEqual(summary.notified_partner_ids, self.env.user.partner_id)
        self.assertEqual(run.booking_ids.invoice_id.create_uid, self.env.user)

    def test_job_goes_on_where_it_was(self):
        run = self.start_many()
        lines = self.env["konfidens.payment.run.line"]
        self.assertEqual(lines._process_next(), 3)
        run.invalidate_recordset()
        self.assertEqual((run.progress, run.billed_count), (42, 3))
        made = run.booking_ids.invoice_id
        self.run_in_background()
        self.assertEqual(run.billed_count, 7)
        self.assertLessEqual(made, run.booking_ids.invoice_id)
        self.assertEqual(len(run.booking_ids.move_line_ids.move_id), 7)

    def test_job_whose_time_is_over_begins_nothing_and_is_called_again(self):
        run = self.start_many()
        cron = self.env.ref("konfidens_payments.ir_cron_run")
        cron, progress = cron.with_context(cron_id=cron.id)._add_progress()
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            context = {**cron.env.context, "cron_end_time": 0}
            run.with_env(self.env(cr=cr, context=context))._cron_run()
        progress.invalidate_recordset()
        self.assertEqual((progress.done, progress.remaining), (0, 7))
        run.invalidate_recordset()
        self.assertEqual((run.state, run.billed_count), ("running", 0))

    def test_progress_is_told_without_reading_every_result(self):
        with patch.object(running, "AT_ONCE", 1):
            run = self.start(self.book_many(3))
        read = run._fields["line_ids"]._get_cache(run.env)
        self.assertEqual((run.progress, run.waiting_count), (0, 3))
        self.assertNotIn(run.id, read)
        self.assertFalse(run._finish())
        self.assertNotIn(run.id, read)
        self.run_in_background()
        self.assertEqual((run.progress, run.state), (100, "done"))

    def test_a_booking_invoiced_meanwhile_is_left_out(self):
        run = self.start_many()
        booking = run.booking_ids[0]
        booking.action_create_invoice()
        self.run_in_background()
        self.assertEqual(self.results(run)[booking], ("skipped", "invoiced"))
        self.assertEqual(len(booking.move_line_ids.move_id), 1)

    def test_two_runs_bill_a_booking_once(self):
        first, second = self.start_many(), self.prepare(self.book_many(1))
        second.booking_ids = first.booking_ids
        second.action_run()
        self.run_in_background()
        self.assertEqual(first.billed_count, 7)
        self.assertEqual(
            (second.state, self.left_out(second)), ("done", {"invoiced": 7})
        )
        self.assertEqual(len(first.booking_ids.move_line_ids.move_id), 7)

    def test_a_deleted_booking_stops_nothing(self):
        run = self.start_many()
        run.booking_ids[0].event_id.unlink()
        self.run_in_background()
        self.assertEqual((run.state, run.billed_count), ("done", 6))
        self.assertEqual(self.left_out(run), {"cancelled": 1})

    def test_pause_and_go_on(self):
        run = self.start_many()
        run.action_pause()
        self.run_in_background()
        self.assertEqual((run.state, run.billed_count), ("running", 0))
        with self.capture_triggers("konfidens_payments.ir_cron_run") as captured:
            run.action_resume()
        self.assertTrue(captured.records)
        self.run_in_background()
        self.assertEqual((run.state, run.billed_count), ("done", 7))

    def test_spread_begins_anew_after_a_pause(self):
        run = self.start_many(send_mode="now", hourly_limit=4)
        run.action_pause()
        later = self.now().replace(microsecond=0) + timedelta(days=1)
        with freeze_time(later):
            run.action_resume()
            self.run_in_background()
        messages = run.booking_ids.invoice_id.payment_message_ids
        self.assertEqual(min(messages.mapped("scheduled_date")), later)
        self.assertEqual(
            max(messages.mapped("scheduled_date")), later + timedelta(minutes=90)
        )

    def test_stop_leaves_the_rest_as_it_was(self):
        run = self.start_many()
        self.env["konfidens.payment.run.line"]._process_next()
        run.action_cancel()
        self.run_in_background()
        self.assertEqual((run.state, run.billed_count), ("cancelled", 3))
        self.assertEqual(run.waiting_count, 4)
        self.assertEqual(
            sorted(run.booking_ids.mapped("payment_status")),
            ["draft"] * 3 + ["external"] * 4,
        )

    # === WHAT CANNOT BE STARTED === #

    def assert_not_started(self, run, words):
        with (
            self.assert_nothing_changes(run, *run.booking_ids),
            self.assertRaisesRegex(UserError, words),
            self.cr.savepoint(),
        ):
            run.action_run()

    def test_nothing_to_bill(self):
        self.assert_not_started(
            self.prepare(self.book_many(1, price=0.0)), "None of these bookings"
        )

    def test_payments_not_activated(self):
        run = self.prepare(self.book_many(1))
        self.company.payments_active = False
        self.assert_not_started(run, "not activated")

    def test_time_is_past(self):
        run = self.prepare(
            self.book_many(1),
            send_mode="later",
            scheduled_date=self.now() - timedelta(minutes=1),
        )
        self.assert_not_started(run, "This time is past")

    def test_started_already(self):
        run = self.start(self.book_many(1))
        for act in (run.action_run, run.action_pause, run.action_resume):
            with self.assertRaisesRegex(UserError, "has changed meanwhile"):
                act()
        with self.assertRaisesRegex(UserError, "too late to change"):
            run.send_mode = "now"

    # === IN AUTOMATION RULES === #

    def test_automation_rule_bills_at_once(self):
        booking, free = self.book_many(1), self.book_many(1, price=0.0)
        action = self.env.ref("konfidens_payments.action_prepare_billing_run_bookings")
        action.sudo().with_context(
            active_model=booking._name,
            active_ids=(booking + free).ids,
            __action_done={},
        ).run()
        self.assertEqual(booking.payment_status, "scheduled")
        self.assertEqual(free.payment_status, "external")
        nobody = self.other_payer.with_context(__action_done={})
        self.assertFalse(nobody.action_prepare_billing_run())

    def test_automation_rule_sends_drafts(self):
        draft, cancelled = self.draft(), self.draft()
        cancelled.button_cancel()
        action = self.env.ref("konfidens_payments.action_send_payment_message")
        action.sudo().with_context(
            active_model="account.move",
            active_ids=(draft + cancelled).ids,
            __action_done={},
        ).run()
        self.assertEqual(draft.payment_message_state, "scheduled")
        self.assertFalse(cancelled.payment_message_ids)
