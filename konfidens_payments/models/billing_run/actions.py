from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import lock_or_explain
from . import batches
from .outcome import LINE


class KonfidensPaymentRun(models.Model):
    """The buttons of a billing run."""

    _inherit = "konfidens.payment.run"

    def action_prepare_for_all(self):
        """Open the rehearsal for all externally billed bookings of the company.

        Those that the user may bill; of appointments from the day of activation until
        today, unless the user chooses other days.

        :raises UserError: there are none
        """
        action = self.env["konfidens.payment.booking"]._prepare_billing_run(
            Domain("client_id", "!=", False)
        )
        run = self.browse(action["res_id"])
        local = run.with_context(tz=run._get_tz())
        since = self.env.company.sudo().payments_activated_on  # sudo: since when
        run.write(
            {
                "cutoff_date": since
                and fields.Datetime.context_timestamp(local, since).date(),
                "until_date": fields.Date.context_today(local),
            }
        )
        return action

    def action_ask_to_run(self):
        """Open the question whether payment messages shall leave now.

        :return: the dialog that says how many people get one
        """
        return self._ask("konfidens_payments.view_konfidens_payment_run_now_form")

    def action_ask_to_undo(self):
        """Open the question whether the drafts shall be taken back.

        :return: the dialog that says how many can be
        """
        return self._ask("konfidens_payments.view_konfidens_payment_run_undo_form")

    def _ask(self, xml_id):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(self.env.ref(xml_id).id, "form")],
            "target": "new",
        }

    def action_run(self):
        """Bill the bookings: a few hundred at once, more in the background.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: it was started already, or nothing can be billed; nothing
            is changed then
        """
        run = self._lock_in_state("draft")
        if problem := run.company_id._get_invoicing_problem():
            raise run.company_id.with_env(self.env)._refuse_invoicing([problem])
        now = fields.Datetime.now()
        if run.send_mode == "later" and (
            not run.scheduled_date or run.scheduled_date <= now
        ):
            raise UserError(
                self.env._("This time is past. Choose a later time, or send now.")
            )
        if not run.billable_count:
            raise UserError(
                self.env._("None of these bookings can be billed: look at the reasons.")
            )
        run.write(
            {
                "state": "running",
                "user_id": self.env.uid,
                "started_on": now,
                "spread_from": run.scheduled_date if run.send_mode == "later" else now,
                "spread_position": 0,
            }
        )
        run._make_lines()
        run._start()

    def action_pause(self):
        """Let what runs in the background rest until somebody presses *Go On*.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: it does not run
        """
        self._lock_in_state("running").is_paused = True

    def action_resume(self):
        """Go on after a pause.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: it does not run
        """
        run = self._lock_in_state("running")
        run.is_paused = False
        run._start_background()

    def action_cancel(self):
        """Stop for good: what is billed stays billed, the rest stays as it was.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: it does not run
        """
        self._lock_in_state("running").write(
            {
                "state": "cancelled",
                "is_paused": False,
                "finished_on": fields.Datetime.now(),
            }
        )

    def action_undo(self):
        """Take back every draft whose message has not left.

        Its booking is again as it was before the run.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: it runs, or there is nothing to take back
        """
        run = self._lock_in_state("done", "cancelled")
        if not run.undoable_count:
            raise UserError(
                self.env._("This billing run has nothing left to take back.")
            )
        run.write({"state": "running", "is_undo": True, "finished_on": False})
        run._start()

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
            chosen = self._get_bookings()._search(domain)
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO konfidens_payment_run_line (
                        run_id, booking_id, payer_id, currency_id, amount,
                        result, reason, position,
                        create_uid, create_date, write_uid, write_date
                    )
                    SELECT %(run)s, id, payer_id, currency_id, COALESCE(price, 0),
                           %(result)s, %(reason)s, rank() OVER (ORDER BY %(order)s) - 1,
                           %(uid)s, %(now)s, %(uid)s, %(now)s
                      FROM (SELECT id, payer_id, currency_id, price, start,
                                   min(start) OVER (PARTITION BY payer_id) AS first
                              FROM konfidens_payment_booking
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
            self._get_queue_domain() & Domain("run_id", "=", self.id),
            ["position"],
            order="position, id",
            limit=batches.AT_ONCE + 1,
        )
        if len(queue) > batches.AT_ONCE:
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

    # === HELPERS === #

    def _lock_in_state(self, *states):
        """Return this run with all rights, locked, and in one of these states.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: it is in another state by now
        """
        self.ensure_one()
        self._check_bookings_access()
        run = self.sudo()  # sudo: access was checked
        lock_or_explain(run, allow_referencing=True)
        run.invalidate_recordset(["state"])
        if run.state not in states:
            raise UserError(
                self.env._(
                    "This billing run has changed meanwhile. Reload the page to see "
                    "where it stands."
                )
            )
        return run
