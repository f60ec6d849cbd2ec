from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.watch import jobs
from .jobs_common import JobsCommon


@tagged("post_install", "-at_install")
class TestJobs(JobsCommon):
    """Who opens Payments reads in words that the jobs do not do what is due."""

    def test_nothing_due_and_jobs_run(self):
        self.due_since(timedelta(hours=-1))
        self.assert_nothing_told()

    def test_its_story_does_not_promise_what_is_past(self):
        message = self.due_since(timedelta(minutes=11))
        booking = message.line_ids.move_id.booking_ids
        for words in (message.story, booking.payment_next_step):
            self.assertIn("to Kari Nordmann was due", words)
            self.assertIn("has not left yet", words)
            self.assertNotIn("goes out", words)
        message.sudo().scheduled_date = self.now() - timedelta(minutes=9)
        self.env.invalidate_all()
        self.assertIn("goes out", message.story)

    # === WHY === #

    def test_no_job_runs(self):
        self.due_since(timedelta(days=1))
        self.stop_all()
        self.assert_told(
            "A payment message that was due",
            "has not left.",
            "Odoo's scheduled actions last ran",
            "Ask your administrator to look whether they still do.",
        )
        self.assertEqual(len(self.booking_model.get_payment_notices()), 1)

    def test_jobs_never_ran(self):
        self.due_since(timedelta(days=1))
        self.stop_all()
        self.env.cr.execute("UPDATE ir_cron SET lastcall = NULL")
        self.assert_told("Odoo's scheduled actions have not run yet.")

    def test_job_is_switched_off(self):
        self.set_job("send_due", active=False)
        self.due_since(timedelta(minutes=11))
        self.assert_told(
            "“Payments: send due payment messages” is switched off",
            "Settings, Technical, Scheduled Actions",
        )

    def test_job_fails(self):
        self.due_since(timedelta(minutes=11))
        self.set_job("send_due", failures=3)
        self.assert_told("“Payments: send due payment messages” fails.")

    def test_job_runs_and_leaves_it(self):
        self.due_since(timedelta(minutes=61))
        self.assert_told("“Payments: send due payment messages” runs, and leaves it.")

    # === WHAT WAITS === #

    def handed_over(self, **values):
        """Return a message that was handed over two hours ago and has not left."""
        message = self.send(self.draft(), **values).sudo()
        with self.mock_mail_gateway():
            message._hand_over()
        message.sent_date = self.now() - timedelta(hours=2)
        return message

    def test_mail_that_was_handed_over(self):
        message = self.handed_over()
        self.stop_all()
        self.assert_told("A payment message that was due")
        message.next_try_date = self.now() + timedelta(minutes=5)
        self.assertNotIn("that was due", self.get_words())

    def test_sms_that_was_handed_over(self):
        self.client.phone = "+47 912 34 567"
        self.handed_over(channel="sms")
        self.set_job("send_sms", active=False)
        self.assert_told("An SMS that was due", "send SMS of payment messages” is")

    def test_what_shall_not_leave_any_more(self):
        self.client.phone = "+47 912 34 567"
        given_up = self.handed_over(channel="both")
        given_up._fail("The mail server cannot be reached.")
        called_off = self.handed_over(channel="both")
        called_off.line_ids.move_id.button_cancel()
        self.assertEqual(called_off.state, "cancelled")
        self.assert_nothing_told()
        for name in jobs.JOBS:
            self.set_job(name, active=False)
        self.assertNotIn("that was due", self.get_words())

    def test_delivered_and_not_completed(self):
        message = self.handed_over()
        message.notification_ids.notification_status = "sent"
        self.assert_told("its invoice not completed", "runs, and leaves it")
        self.set_job("complete_delivered", active=False)
        self.assert_told("its invoice not completed", "is switched off")
        self.set_job("complete_delivered")
        with self.mock_mail_gateway():
            self.complete_delivered()
        self.assertEqual(message.state, "delivered")
        self.assert_nothing_told()

    def test_not_confirmed_and_not_given_up(self):
        message = self.handed_over()
        message.notification_ids.notification_status = "pending"
        self.assert_nothing_told()
        message.give_up_date = self.now() - timedelta(minutes=11)
        self.set_job("complete_delivered", ago=timedelta(hours=1))
        self.assert_told("its invoice not completed")

    def test_next_try_to_complete(self):
        move = self.draft().sudo()
        move.payment_completion_date = self.now() - timedelta(minutes=11)
        self.set_job("complete_delivered", failures=1)
        self.assert_told("its invoice not completed", "fails.")

    def test_billing_run_that_does_not_go_on(self):
        run = self.env["konfidens.payment.run"].sudo().create({})
        run.state = "running"
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE konfidens_payment_run SET write_date = %s WHERE id = %s",
            [self.now() - timedelta(minutes=11), run.id],
        )
        self.assert_nothing_told()
        self.set_job("run", active=False)
        self.assert_told("A billing run has not gone on since")
        run.is_paused = True
        self.assert_nothing_told()

    # === NO FALSE ALARM === #

    def test_long_backlog_that_is_worked_on(self):
        self.due_since(timedelta(hours=3))
        self.stop_all(timedelta(minutes=30))  # so long this run of it lasts
        self.note_progress("send_due", timedelta(minutes=2))
        for name in jobs.JOBS[1:]:
            self.set_job(name)
        self.assert_nothing_told()
        self.note_progress("send_due", timedelta(0), done=0)
        self.assert_nothing_told()

    def test_backlog_that_is_not_worked_on(self):
        self.due_since(timedelta(hours=3))
        self.set_job("send_due", ago=timedelta(minutes=30))
        self.note_progress("send_due", timedelta(minutes=11))
        self.note_progress("send_due", timedelta(0), done=0)
        self.assert_told("has not left.")

    def test_server_that_has_just_come_back(self):
        self.due_since(timedelta(hours=1))
        self.stop_all(timedelta(hours=1))
        with patch.object(jobs, "_started", jobs.time.monotonic() - 30):
            self.assert_nothing_told()
        with patch.object(jobs, "_started", jobs.time.monotonic() - 61):
            self.assert_told("has not left.")

    def test_due_for_some_minutes(self):
        self.due_since(timedelta(minutes=9))
        self.set_job("send_due", failures=1)
        self.assert_nothing_told()

    # === WHO, AND AT WHAT PRICE === #

    def test_whose_it_is(self):
        self.set_job("send_sms", active=False)
        self.client.phone = "+47 912 34 567"
        self.handed_over(channel="sms")
        self.assertTrue(self.get_words())
        self.assertTrue(self.get_words(self.accountant))
        other = self.env["res.company"].create({"name": "Praksis Nord"})
        elsewhere = self.hire(
            "elsewhere",
            "base.group_user",
            "konfidens_payments.group_payments_user_all",
            company=other,
        )
        self.assertFalse(self.get_words(elsewhere))

    def test_who_has_nothing_to_do_with_payments(self):
        self.due_since(timedelta(days=1))
        self.stop_all()
        with self.assertRaises(AccessError):
            self.get_words(self.hire("colleague", "base.group_user"))

    def test_tells_nothing_of_the_client(self):
        self.due_since(timedelta(days=1))
        self.stop_all()
        text = self.get_words()
        for secret in ("Nordmann", "Depression", "Trauma", "1,250"):
            self.assertNotIn(secret, text)

    def test_costs_one_look(self):
        self.due_since(timedelta(hours=-1))
        self.booking_model.get_payment_notices()  # what is cached for everybody
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.env["konfidens.payment.message"]._get_troubled_jobs(self.company)

    def test_the_look_is_in_the_index(self):
        self.make_indexes()
        self.stop_all()
        self.due_since(timedelta(days=1))
        self.env.flush_all()
        messages = self.env["konfidens.payment.message"]
        self.assert_looks_in(
            messages._get_jobs_look(self.now(), self.company),
            "konfidens_payment_message_unfinished",
            "mail_notification_payment_waiting_index",
            "account_move__payment_completion_date_index",
            "account_move_completes_after_index",
        )

    # === SEND NOW === #

    def assert_warned(self, action, message):
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(action["params"]["type"], "warning")
        self.assertIn("last ran", action["params"]["message"])
        # what is open shows where it stands
        self.assertEqual(
            action["params"]["next"], {"type": "ir.actions.act_window_close"}
        )
        self.assertEqual(message.state, "scheduled")
        self.assertLessEqual(message.scheduled_date, self.now())

    def test_send_now_on_messages(self):
        self.stop_all()
        messages = self.due_since(timedelta(hours=-2)) + self.due_since(
            timedelta(hours=-3)
        )
        action = self.as_practitioner(messages).action_send_now()
        for message in messages:
            self.assert_warned(action, message)
        # also when it is pressed again, and was due a moment ago only
        self.assert_warned(
            self.as_practitioner(messages[0]).action_send_now(), messages[0]
        )

    def confirm(self, moves):
        action = self.as_practitioner(moves).action_send_payment_message()
        dialog = self.env["konfidens.payment.message.wizard"].with_user(
            self.practitioner
        )
        return dialog.with_context(**action["context"]).create({}).action_confirm()

    def test_send_now_in_the_dialog(self):
        move, other = self.draft(), self.draft()
        self.stop_all()
        action = self.confirm(move)
        self.assert_warned(action, move.payment_message_ids)
        self.due_since(timedelta(days=1))
        self.assert_warned(self.confirm(other), other.payment_message_ids)

    def test_send_again(self):
        move = self.draft()
        message = self.send(move).sudo()
        message._fail("No such mailbox.")
        self.stop_all()
        action = self.as_practitioner(move.booking_ids).action_send_again()
        self.assert_warned(action, move.payment_message_ids[0])
        move.payment_message_ids[0].sudo()._fail("No such mailbox.")
        message = self.as_practitioner(move.payment_message_ids[0])
        self.assert_warned(message.action_retry(), move.payment_message_ids[0])

    def test_send_now_while_jobs_run(self):
        message = self.due_since(timedelta(hours=-2))
        self.assertFalse(message.action_send_now())
        said = self.confirm(self.draft())["params"]
        self.assertEqual(said["type"], "success")
        self.assertEqual(
            said["message"], "The payment message to Kari Nordmann goes out now."
        )
