from odoo import fields, models
from odoo.exceptions import UserError

from ...tools import quietly


class AccountMove(models.Model):
    """What people do about the reminders of invoices."""

    _inherit = "account.move"

    def action_remind_now(self):
        """Remind of these overdue invoices now; those of one payer in one message.

        Also where the practice does not remind by itself, and after the last reminder.

        :return: the action that tells what keeps the reminders from leaving, or False
        :raises AccessError: the user may not bill these bookings
        :raises UserError: with the reason for each that cannot be reminded of
        """
        self._check_payment_access()
        messages = self.env["konfidens.payment.message"]
        moves = self.sudo()  # sudo: access was checked
        moves._lock_for_payment()
        moves._check_can_be_reminded()
        jobs = messages._look_at_sending(moves.company_id)
        reminders = moves._schedule_reminders(fields.Datetime.now(), by_hand=True)
        return reminders.with_env(self.env)._tell(jobs)

    def action_stop_reminders(self):
        """Send no reminder of these invoices, until they are resumed.

        As Odoo's own *No Follow-Up* says it, which other modules respect as well. What
        is scheduled is called off.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: somebody else is at one of them
        """
        self._check_payment_access()
        moves = self.sudo()  # sudo: access was checked
        moves._lock_for_payment()
        moves._stop_reminders()
        moves._get_scheduled_reminders()._cancel_scheduled()

    def action_resume_reminders(self):
        """Go on with the reminders of these invoices: tomorrow at the earliest.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: somebody else is at one of them
        """
        self._check_payment_access()
        moves = self.sudo()  # sudo: access was checked
        moves._lock_for_payment()
        stopped = moves.filtered("no_followup")
        stopped._look_again_tomorrow()
        stopped.no_followup = False
        quietly(stopped).reminders_over = False
        stopped._message_log_batch(
            {
                move.id: move._in_practice_language().env._("Reminders go on.")
                for move in stopped
            }
        )

    def _stop_reminders(self):
        """Stop the reminders of these invoices, and note who did."""
        going = self.filtered(lambda move: not move.no_followup)
        going.no_followup = True
        going._end_asking_about_reminder()
        going._message_log_batch(
            {
                move.id: move._in_practice_language().env._("Reminders stopped.")
                for move in going
            }
        )

    def _get_scheduled_reminders(self):
        """Return the reminders of these invoices that have not left."""
        return self.payment_message_line_ids.message_id.filtered(
            lambda message: message.kind == "reminder" and message.state == "scheduled"
        )

    def _check_can_be_reminded(self, channel=None):
        """Check that these invoices can be reminded of now.

        :param channel: by which it shall go; default: the one in turn
        :raises UserError: with the reason for each that cannot be
        """
        obstacles = self._get_reminder_obstacles()
        problems = [
            problem
            for move in self
            if (
                problem := obstacles.get(move.id)
                or move._get_message_under_way()
                or move._get_reminded_today()
                or (channel and move._get_address_problem(channel))
                or move._get_sender_problem(channel or move._get_reminder_channel())
            )
        ]
        if problems:
            raise UserError("\n".join(problems))

    def _get_reminded_today(self):
        """Return that a reminder of this invoice left today, or False."""
        self.ensure_one()
        if self._get_last_reminder_day() != self._get_reminder_today():
            return False
        return self.env._(
            "A reminder of %(invoice)s left today already.", invoice=self.display_name
        )

    def _get_message_under_way(self):
        """Return that a message about this invoice is on its way, or False."""
        self.ensure_one()
        if not any(self.payment_message_line_ids.mapped("pending")):
            return False
        return self.env._(
            "A message about %(invoice)s is scheduled or on its way already.",
            invoice=self.display_name,
        )
