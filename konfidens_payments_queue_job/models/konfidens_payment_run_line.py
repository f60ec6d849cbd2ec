from odoo import models
from odoo.fields import Domain

from odoo.addons.konfidens_payments.models.billing_run.batches import (
    BATCH_SIZE,
)

# Seconds until what somebody else holds is tried again.
PAUSE = 5
# When so many batches are left, each job may be the last one: of those that end at
# the same moment none sees the others.
LAST_BATCHES = 20


class KonfidensPaymentRunLine(models.Model):
    _inherit = "konfidens.payment.run.line"

    def _delay(self, eta=None):
        """Make a job that does these lines, which are of one run.

        :param eta: seconds until it may start
        """
        run = self.run_id
        self.with_delay(
            identity_key=f"{run._get_job_key()}{self[:1].id}", eta=eta
        )._process_as_job()

    def _process_as_job(self):
        """Do what is left to do of these lines, in the job's transaction."""
        lines = self.exists()
        queue = lines.run_id._get_queue_domain()
        lines._process()
        # What somebody else held comes back; what is paused waits for Go On.
        if held := lines.filtered_domain(queue):
            held._delay(eta=PAUSE)
            return
        few = LAST_BATCHES * BATCH_SIZE
        others = (
            queue
            & Domain("run_id", "in", lines.run_id.ids)
            & Domain("id", "not in", lines.ids)
        )
        if self.search_count(others, limit=few) < few:
            lines.run_id._trigger_run()
