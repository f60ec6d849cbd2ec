from odoo import api, models
from odoo.fields import Domain

from odoo.addons.konfidens_payments.tools.jobs import BATCH_SIZE

from .konfidens_payment_run import UNFINISHED

# Fewer the cron completes by itself before the first job would begin.
FEW = 4 * BATCH_SIZE
# For the next ones the cron makes jobs when these are done.
MOST = 200 * BATCH_SIZE
# Before the batches of billing runs: these invoices wait for no more than this.
PRIORITY = 5


class KonfidensPaymentMessage(models.Model):
    """Completing a long backlog on several servers: jobs help the cron.

    Each locks what it takes and looks at it again, so that nothing is done twice. What
    a killed server leaves, the cron does.
    """

    _inherit = "konfidens.payment.message"

    @api.model
    def _complete_reported(self):
        """Override of `konfidens_payments` to share what is much."""
        self._share_reported()
        return super()._complete_reported()

    @api.model
    def _share_reported(self):
        """Make jobs for what is reported, unless it is little or there are some."""
        reported = self.search(
            self._get_reported_domain(), order="sent_date, id", limit=MOST
        )
        if len(reported) <= FEW or self._has_jobs():
            return
        batches = [
            reported[start : start + BATCH_SIZE]
            for start in range(0, len(reported), BATCH_SIZE)
        ]
        # the last ones first: the cron begins at the other end
        for batch in reversed(batches):
            batch.with_delay(
                identity_key=f"{self._get_job_key()}{batch[:1].id}", priority=PRIORITY
            )._complete_as_job()
        self.env["ir.cron"]._commit_progress()

    @api.model
    def _has_jobs(self):
        return bool(
            self.env["queue.job"].search_count(
                [
                    ("identity_key", "=like", f"{self._get_job_key()}%"),
                    ("state", "in", UNFINISHED),
                ],
                limit=1,
            )
        )

    @api.model
    def _get_job_key(self):
        return f"{self._name}-completing-"

    def _complete_as_job(self):
        """Do what is left to do of these messages, in the job's transaction."""
        reported = Domain(self._get_reported_domain())
        left = self.search(reported & Domain("id", "in", self.ids))
        left._lock_with_invoices()._read_reports()
