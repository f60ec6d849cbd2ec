from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import again_on_conflict
from .outcome import LINE

# Up to so many bookings somebody waits for the button; more go in the background.
AT_ONCE = 200
BATCH_SIZE = 100


class KonfidensPaymentRun(models.Model):
    """The run: in batches, each a transaction, so that a kill repeats nothing.

    What is left to do is in the lines. A batch locks its lines and their bookings,
    looks at them again, and writes the invoices together with the results.
    """

    _inherit = "konfidens.payment.run"

    spread_from = fields.Datetime(
        readonly=True,
        export_string_translation=False,
        help="When the first message goes, of those that are spread.",
    )
    spread_position = fields.Integer(
        readonly=True,
        export_string_translation=False,
        help="Of the line whose message that is.",
    )

    # === IN THE BACKGROUND === #

    def _catch_up(self):
        """Let messages that are spread begin anew now, where the run is late.

        After a pause, or a server that was down, they would go all at once.
        """
        now = fields.Datetime.now()
        for run in self.filtered("hourly_limit"):
            first = self.env[LINE].search(
                [("run_id", "=", run.id), ("result", "=", "waiting")],
                order="position",
                limit=1,
            )
            late = now - run._get_spread_date(first.position, run._get_hours())
            if first and late > timedelta(minutes=5):
                run.write({"spread_from": now, "spread_position": first.position})

    def _trigger_run(self, at=None):
        # sudo: whoever may start a run may wake the job that does it
        self.env.ref("konfidens_payments.ir_cron_run").sudo()._trigger(at)

    @api.model
    def _cron_run(self):
        """Go on with all runs, batch by batch, each committed."""
        if self._search_going():
            self._process_batches()
            self._finish_all()

    @again_on_conflict
    def _process_batches(self):
        """Do what is left to do, as long as this job has time."""
        self._search_going().try_lock_for_update(allow_referencing=True)._catch_up()
        lines, commit = self.env[LINE], self.env["ir.cron"]._commit_progress
        queue = self._get_queue_domain()
        left = lines.search_count(queue)
        time_left = commit(remaining=left)
        while left and time_left:
            done = lines._process_next()
            # What others hold just now does not count: the job comes back for it.
            left = lines.search_count(queue) if done else 0
            time_left = commit(done, remaining=left)
            self.env.invalidate_all()  # so that memory does not grow with the number

    @api.model
    def _search_going(self):
        return self.search([("state", "=", "running"), ("is_paused", "=", False)])

    @again_on_conflict
    def _finish_all(self):
        """Finish the runs that have nothing left to do, and come back to the others."""
        for run in self._search_going().try_lock_for_update(allow_referencing=True):
            if not run._finish():
                # somebody holds its bookings just now, or this job's time is over
                run._trigger_run(fields.Datetime.now() + timedelta(seconds=5))
            if not self.env["ir.cron"]._commit_progress():
                run._trigger_run()
                break

    @api.model
    def _get_queue_domain(self):
        """Return the domain of the lines that are left to do."""
        going = Domain("run_id.state", "=", "running") & Domain(
            "run_id.is_paused", "=", False
        )
        return going & (
            (Domain("result", "=", "waiting") & Domain("run_id.is_undo", "=", False))
            | (Domain("result", "=", "billed") & Domain("run_id.is_undo", "=", True))
        )


class KonfidensPaymentRunLine(models.Model):
    _inherit = LINE

    @api.model
    def _process_next(self):
        """Do one batch of what is left to do.

        :return: how many lines are done; 0 also if others hold all that is left
        """
        queue = self.env["konfidens.payment.run"]._get_queue_domain()
        first = self.search(queue, order="id", limit=1)  # the oldest run
        lines = self.search_fetch(
            queue & Domain("run_id", "=", first.run_id.id),
            ["position"],
            order="position, id",
            limit=2 * BATCH_SIZE,
        )
        return next(lines._split_in_batches(), lines)._process()

    def _split_in_batches(self):
        """Yield these lines, which are in their order, in batches.

        What has one position stays together, unless that makes a batch twice as long.
        """
        positions = self.mapped("position")
        start = 0
        while start < len(self):
            end, most = start + BATCH_SIZE, min(start + 2 * BATCH_SIZE, len(self))
            while end < most and positions[end] == positions[end - 1]:
                end += 1
            yield self[start:end]
            start = end

    def _process(self):
        """Bill these bookings, or take their drafts back, in this transaction.

        :return: how many are done; the others are held by somebody else, or were done
            or stopped meanwhile
        """
        queue = self.env["konfidens.payment.run"]._get_queue_domain()
        lines = self.try_lock_for_update().filtered_domain(queue)
        done = 0
        for run, batch in lines.grouped("run_id").items():
            # what is made is made in the name of who started it, whose rights were
            # checked, and in his language; sudo: he may have none in accounting
            batch = batch.with_user(run.user_id).sudo()
            batch = batch.with_context(lang=run.user_id.lang)
            batch = batch.with_company(run.company_id)
            done += batch._take_back() if run.is_undo else batch._bill()
        return done
