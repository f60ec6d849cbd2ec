from odoo import fields, models
from odoo.exceptions import LockError, UserError
from odoo.fields import Domain


class KonfidensPaymentActivation(models.Model):
    """The buttons of a billing run."""

    _inherit = "konfidens.payment.activation"

    def action_prepare_for_all(self):
        """Open the rehearsal for all externally billed bookings of the company.

        Those that the user may bill.

        :raises UserError: there are none
        """
        return self.env["calendar.event"]._prepare_billing_run(
            Domain("client_id", "!=", False)
        )

    def action_run(self):
        """Bill the bookings: a few hundred at once, more in the background.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: it was started already, or nothing can be billed; nothing
            is changed then
        """
        run = self._lock_in_state("draft")
        if problem := run.company_id._get_invoicing_problem():
            raise UserError(problem)
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
        if not run.billed_count:
            raise UserError(
                self.env._("This billing run has nothing left to take back.")
            )
        run.write({"state": "running", "is_undo": True, "finished_on": False})
        run._start()

    # === HELPERS === #

    def _lock_in_state(self, *states):
        """Return this run with all rights, locked, and in one of these states.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: it is in another state by now
        """
        self.ensure_one()
        self._check_bookings_access()
        run = self.sudo()  # sudo: access was checked
        try:
            run.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is working on this billing run right now. Wait a "
                    "moment, reload the page and look again."
                )
            ) from error
        run.invalidate_recordset(["state"])
        if run.state not in states:
            raise UserError(
                self.env._(
                    "This billing run has changed meanwhile. Reload the page to see "
                    "where it stands."
                )
            )
        return run
