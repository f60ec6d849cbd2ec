from odoo.tests import tagged
from odoo.tools import SQL

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
        # with few rows PostgreSQL would read them all
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute("SET LOCAL enable_bitmapscan = off")
        look = self.env["konfidens.payment.reminder"]._get_due_look()
        self.env.cr.execute(SQL("EXPLAIN %s", look))
        plan = "\n".join(line for (line,) in self.env.cr.fetchall())
        for name in ("next_reminder_date", "reminders_end_date"):
            self.assertIn(f"using account_move__{name}_index", plan)
        self.assertNotIn("Sort", plan)

    def let_all_run(self):
        for name in jobs.JOBS:
            self.set_job(name)
