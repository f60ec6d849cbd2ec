from odoo import api, fields, models
from odoo.tools import format_date

from ...tools import format_coming, format_moment
from ..booking.calendar_event import GROUPS


class AccountMove(models.Model):
    """Where the reminders of an invoice stand, in words and for its buttons."""

    _inherit = "account.move"

    reminder_story = fields.Text(
        "What Happens with Reminders",
        compute="_compute_reminder_story",
        compute_sudo=True,
        groups=GROUPS,
    )
    reminder_pause_reason = fields.Char(
        "Why None Goes",
        compute="_compute_reminder_story",
        compute_sudo=True,
        groups=GROUPS,
        help="Why no reminder goes by itself, though one may follow.",
    )
    can_remind = fields.Boolean(
        compute="_compute_reminder_story",
        compute_sudo=True,
        groups=GROUPS,
        export_string_translation=False,
    )
    can_stop_reminders = fields.Boolean(
        compute="_compute_reminder_story",
        compute_sudo=True,
        groups=GROUPS,
        export_string_translation=False,
    )
    can_resume_reminders = fields.Boolean(
        compute="_compute_reminder_story",
        compute_sudo=True,
        groups=GROUPS,
        export_string_translation=False,
    )

    @api.depends(
        "line_ids.no_followup",
        "next_reminder_date",
        "partner_id.active",
        "partner_id.payments_no_reminders",
        "payment_message_line_ids.is_unsolved",
        "payment_message_line_ids.message_id.story",
        "payment_state",
        "reminder_count",
        "reminders_over",
        "state",
    )
    @api.depends_context("lang", "tz")
    def _compute_reminder_story(self):
        unpaid = self.filtered(lambda move: move._is_owed())
        told = unpaid.filtered(
            lambda move: (
                move.company_id.payments_reminders_since
                or "reminder" in move.payment_message_line_ids.mapped("kind")
            )
        )
        pauses = told._get_reminder_pauses(ahead=True)
        for move in self:
            owed, stopped = move in unpaid, move.no_followup
            pending = move.payment_message_line_ids.filtered("pending")
            under_way = bool(pending)
            # a payment message that has not arrived is a reason
            reminded = "reminder" in pending.mapped("kind")
            pause = not reminded and pauses.get(move.id)
            overdue = owed and not move._get_due_obstacle()
            move.reminder_pause_reason = pause
            move.reminder_story = (
                move._get_reminder_story(pause)
                if move in told
                else overdue and move._describe_overdue()
            )
            move.can_remind = (
                overdue
                and not stopped
                and not under_way
                and move.payment_state != "blocked"
            )
            move.can_stop_reminders = move in told and not stopped
            move.can_resume_reminders = owed and stopped

    def _is_owed(self):
        """Return whether this waits for its payment, be it blocked."""
        self.ensure_one()
        return self._is_unpaid() or bool(
            self.state == "posted"
            and self.payment_state == "blocked"
            and self.move_type == "out_invoice"
            and self.booking_ids
            and not self._is_settled()
        )

    def _get_reminder_story(self, pause):
        """Return what was and will be with the reminders of this invoice, or False.

        :param pause: why none goes by itself, in words, or False
        """
        self.ensure_one()
        sentences = [self.reminder_count and self._describe_last_reminder()]
        latest = self.payment_message_line_ids._get_latest("reminder").message_id
        if latest.state in ("scheduled", "sent"):
            sentences = [latest.story]
        elif pause:
            sentences.append(
                self.env._("No reminder goes by itself: %(reason)s", reason=pause)
            )
        elif self.next_reminder_date:
            sentences.append(self._describe_next_reminder())
        return " ".join(filter(None, sentences)) or False

    def _describe_overdue(self):
        return self.env._(
            "Overdue since %(date)s.",
            date=format_date(self.env, self._get_first_due_date()),
        )

    def _describe_last_reminder(self):
        """Return how often the payer was reminded, and when last."""
        dates = self._get_counted_reminders().message_id.mapped("sent_date")
        moment = format_moment(self.env, max(dates))
        if len(dates) == 1:
            return self.env._("Reminded once, %(moment)s.", moment=moment)
        return self.env._(
            "Reminded %(count)s times, the last time %(moment)s.",
            count=len(dates),
            moment=moment,
        )

    def _describe_next_reminder(self):
        return self.env._(
            "If it stays unpaid, reminder %(number)s of %(count)s goes out %(moment)s.",
            number=self.reminder_count + 1,
            count=len(self.company_id.payments_reminder_ids),
            moment=format_coming(self.env, self.next_reminder_date),
        )
