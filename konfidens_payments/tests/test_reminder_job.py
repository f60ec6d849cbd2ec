from odoo.tests import tagged

from ..models.watch import jobs
from .jobs_common import JobsCommon
from .reminder_common import ReminderCommon


@tagged("post_install", "-at_install")
class TestReminderJob(ReminderCommon, JobsCommon):
    """Who opens Payments is told where nobody looks at what is to be reminded of."""

    def test_job_that_is_switched_off(self):
        self.told()
        with self.at("2026-11-27 08:00:00"):
            self.let_all_run()
            self.set_job("remind", active=False)
            self.assert_nothing_told()
        with self.at("2026-11-27 09:30:00"):
            self.let_all_run()
            self.set_job("remind", active=False)
            self.assert_told(
                "A reminder that was due today",
                "remind of unpaid invoices",
                "is switched off",
            )
            self.let_all_run()
            self.work()
            self.let_all_run()
            self.assert_nothing_told()

    def test_the_look_is_in_the_indexes(self):
        self.make_indexes()
        plan = self.assert_looks_in(
            self.env["konfidens.payment.reminder"]._get_due_look(),
            "account_move__next_reminder_date_index",
            "account_move__reminders_end_date_index",
        )
        self.assertNotIn("Sort", plan)

    def let_all_run(self):
        for name in jobs.JOBS:
            self.set_job(name)
