from odoo import models
from odoo.fields import Domain

from odoo.addons.konfidens_payments.tools import again_on_conflict

UNFINISHED = ("wait_dependencies", "pending", "enqueued", "started")


class KonfidensPaymentRun(models.Model):
    _inherit = "konfidens.payment.run"

    @again_on_conflict
    def _process_batches(self):
        """Override of `konfidens_payments` to leave the batches to the job queue.

        Our cron makes the jobs, finishes what they have done, and makes new ones
        where some were lost.
        """
        going = self._search_going().try_lock_for_update(allow_referencing=True)
        going._catch_up()
        for run in going:
            run._make_jobs()
        self.env["ir.cron"]._commit_progress()

    def _make_jobs(self):
        """Make a job for each batch that is left to do, unless there are some."""
        self.ensure_one()
        unfinished = self.env["queue.job"].search_count(
            [
                ("identity_key", "=like", f"{self._get_job_key()}%"),
                ("state", "in", UNFINISHED),
            ],
            limit=1,
        )
        if unfinished:
            return
        queue = self.env["konfidens.payment.run.line"].search_fetch(
            self._get_queue_domain() & Domain("run_id", "=", self.id),
            ["position"],
            order="position, id",
        )
        for batch in queue._split_in_batches():
            batch._delay()

    def _get_job_key(self):
        return f"{self._name}-{self.id}-"
