from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import again_on_conflict
from .outcome import LINE

# Up to so many bookings somebody waits for the button; more go in the background.
AT_ONCE = 200
BATCH_SIZE = 100


class KonfidensPaymentActivation(models.Model):
    """The run: in batches, each a transaction, so that a kill repeats nothing.

    What is left to do is in the lines. A batch locks its lines and their bookings,
    looks at them again, and writes the invoices together with the results.
    """

    _inherit = "konfidens.payment.activation"

    spread_from = fields.Datetime(readonly=True, export_string_translation=False)

    # === START === #

    def _make_lines(self):
        """Write down what shall be billed and what is left out, a query for each.

        The earliest first. What one message shall tell of has one position: it is
        billed in one batch, and its messages go at one time.
        """
        self.env.flush_all()
        together = self.company_id.payments_together
        order = SQL("first, payer_id") if together else SQL("start, id")
        for group, domain in self._split(self._get_scope()):
            result = "waiting" if group == "billable" else "skipped"
            reason = None if group == "billable" else group
            chosen = self._get_events()._search(domain)
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO konfidens_payment_activation_line (
                        activation_id, booking_id, payer_id, currency_id, amount,
                        result, reason, position,
                        create_uid, create_date, write_uid, write_date
                    )
                    SELECT %(run)s, id, payer_id, currency_id, COALESCE(price, 0),
                           %(result)s, %(reason)s, rank() OVER (ORDER BY %(order)s) - 1,
                           %(uid)s, %(now)s, %(uid)s, %(now)s
                      FROM (SELECT id, payer_id, currency_id, price, start,
                                   min(start) OVER (PARTITION BY payer_id) AS first
                              FROM calendar_event
                             WHERE id IN %(chosen)s) booking
                    """,
                    run=self.id,
                    order=order,
                    result=result,
                    reason=reason,
                    uid=self.env.uid,
                    now=fields.Datetime.now(),
                    chosen=chosen.subselect(),
                )
            )
        self.env[LINE].invalidate_model()
        self.invalidate_recordset()

    def _start(self):
        """Do what was just asked for: now, or in the background if it is much."""
        queue = self.env[LINE].search_fetch(
            self._get_queue_domain() & Domain("activation_id", "=", self.id),
            ["position"],
            order="position, id",
            limit=AT_ONCE + 1,
        )
        if len(queue) > AT_ONCE:
            self._start_background()
            return
        for batch in queue._split_in_batches():
            batch._process()
        if not self._finish():
            self._start_background()  # what somebody else held just now

    def _start_background(self):
        """Let the job go on with this run, right after this transaction."""
        self._catch_up()
        self._trigger_run()

    def _catch_up(self):
        """Let messages that are spread begin anew now, where the run is late.

        After a pause, or a server that was down, they would go all at once.
        """
        now = fields.Datetime.now()
        for run in self.filtered("hourly_limit"):
            first = self.env[LINE].search(
                [("activation_id", "=", run.id), ("result", "=", "waiting")],
                order="position",
                limit=1,
            )
            late = now - (run.spread_from + run._get_spread(first.position))
            if first and late > timedelta(minutes=5):
                run.spread_from += late

    def _trigger_run(self, at=None):
        # sudo: whoever may start a run may wake the job that does it
        self.env.ref("konfidens_payments.ir_cron_run").sudo()._trigger(at)

    # === IN THE BACKGROUND === #

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
        left, time_left = lines.search_count(queue), True
        commit(remaining=left)
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
            self.env["ir.cron"]._commit_progress()

    def _get_message_date(self, line):
        """Return when the message of a line goes (UTC, naive); False: by the timing."""
        moment = self.spread_from + self._get_spread(line.position)
        if self.send_mode != "timing":
            return moment
        now = fields.Datetime.now()
        is_due = line.booking_id._get_payment_message_date() <= now
        return moment if is_due and self.hourly_limit else False

    @api.model
    def _get_queue_domain(self):
        """Return the domain of the lines that are left to do."""
        going = Domain("activation_id.state", "=", "running") & Domain(
            "activation_id.is_paused", "=", False
        )
        return going & (
            (
                Domain("result", "=", "waiting")
                & Domain("activation_id.is_undo", "=", False)
            )
            | (
                Domain("result", "=", "billed")
                & Domain("activation_id.is_undo", "=", True)
            )
        )


class KonfidensPaymentActivationLine(models.Model):
    _inherit = LINE

    @api.model
    def _process_next(self):
        """Do one batch of what is left to do.

        :return: how many lines are done; 0 also if others hold all that is left
        """
        queue = self.env["konfidens.payment.activation"]._get_queue_domain()
        first = self.search(queue, order="id", limit=1)  # the oldest run
        lines = self.search_fetch(
            queue & Domain("activation_id", "=", first.activation_id.id),
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
        queue = self.env["konfidens.payment.activation"]._get_queue_domain()
        lines = self.try_lock_for_update().filtered_domain(queue)
        done = 0
        for activation, batch in lines.grouped("activation_id").items():
            # what is made is made in the name of who started it, whose rights were
            # checked; sudo: he may have none in accounting
            batch = batch.with_user(activation.user_id).sudo()
            batch = batch.with_company(activation.company_id)
            done += batch._take_back() if activation.is_undo else batch._bill()
        return done
