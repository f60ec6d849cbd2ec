from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import (
    again_on_conflict,
    do_in_batches,
    explain_error,
    in_batch_or_singly,
    in_each_language,
    is_copy,
    quietly,
)
from ..invoice.attention import REMINDER_ACTIVITY

# A reminder tells also of what else its payer has not paid, where the reminder of that
# would follow so soon.
SOON = timedelta(days=3)


class KonfidensPaymentReminder(models.Model):
    """The job that reminds, by one look in two small indexes where nothing is due."""

    _inherit = "konfidens.payment.reminder"

    @api.model
    @again_on_conflict
    def _cron_remind(self):
        """Schedule the reminders whose time has come, and ask after the last one."""
        if not self._has_due():
            return
        moves = self.env["account.move"]
        if moves._remind_due() and moves._ask_about_unpaid():
            self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _has_due(self):
        """Return whether a reminder is due; on a copy none is."""
        if is_copy(self.env):
            return False
        self.env["account.move"].flush_model(
            ["next_reminder_date", "reminders_end_date"]
        )
        [(found,)] = self.env.execute_query(self._get_due_look())
        return bool(found)

    @api.model
    def _get_due_look(self):
        return SQL(
            """
            SELECT COALESCE(
                (  SELECT TRUE FROM account_move
                    WHERE next_reminder_date <= %(now)s
                 ORDER BY next_reminder_date LIMIT 1),
                (  SELECT TRUE FROM account_move
                    WHERE reminders_end_date <= %(now)s
                 ORDER BY reminders_end_date LIMIT 1))
            """,
            now=fields.Datetime.now(),
        )

    @api.model
    def _wake(self, at=None):
        """Let the job look, now or at a time (UTC, naive)."""
        # sudo: whoever lets reminders go on may wake the job
        self.env.ref("konfidens_payments.ir_cron_remind").sudo()._trigger(at)


class AccountMove(models.Model):
    """How reminders of unpaid invoices are scheduled: as messages of their own kind."""

    _inherit = "account.move"

    @api.model
    def _remind_due(self):
        """Remind of the invoices whose time has come, as far as nothing speaks against.

        :return: whether it is done, and there is time left
        """

        def remind(moves):
            locked = (moves | moves._get_due_soon())._lock_for_reminders()
            in_batch_or_singly(
                locked,
                lambda batch: batch._remind(),
                lambda move, error: move._note_reminder_failure(error),
            )
            return locked

        due = Domain("next_reminder_date", "<=", fields.Datetime.now())
        return do_in_batches(self, due, "next_reminder_date, id", remind)

    def _lock_for_reminders(self):
        """Return those of these invoices that nobody works on, locked."""
        locked = self.try_lock_for_update()
        if locked != self:
            # the others as soon as whoever works on them is done
            again = fields.Datetime.now() + timedelta(seconds=5)
            self.env["konfidens.payment.reminder"]._wake(again)
        return locked

    def _get_due_soon(self):
        """Return what else these payers are overdue with, and reminded of soon."""
        others = self.search(
            Domain("next_reminder_date", "<=", fields.Datetime.now() + SOON)
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("partner_id", "in", self.partner_id.ids)
            & Domain("id", "not in", self.ids)
        )
        keys = {(move.company_id, move.partner_id, move.currency_id) for move in self}
        now = fields.Datetime.now()
        return others.filtered(
            lambda move: (
                (move.company_id, move.partner_id, move.currency_id) in keys
                and not move._get_due_obstacle()
                # nor what was put off till tomorrow, or has had one today
                and (not move.reminder_look_date or move.reminder_look_date <= now)
                and move._get_last_told_day() != move._get_reminder_today()
            )
        )

    def _remind(self):
        """Schedule the reminders of these due invoices, or look again tomorrow."""
        pauses = self._get_reminder_pauses()
        paused = self.filtered(lambda move: move.id in pauses)
        paused._look_again_tomorrow()
        for move in paused:
            if not move.reminder_asked and pauses[move.id] == move._get_unreachable():
                move._ask_about_reminder(
                    in_each_language(move, lambda one: one._get_unreachable())
                )
        (self - paused)._schedule_reminders(fields.Datetime.now())

    def _note_reminder_failure(self, error):
        """Note that an unexpected error kept this from being reminded of today."""
        said_in = self.env.lang or "en_US"
        self._look_again_tomorrow()
        self._ask_about_reminder(
            in_each_language(
                self,
                lambda move: move.env._(
                    "The reminder could not be scheduled: %(reason)s",
                    reason=explain_error(move.env, error, said_in),
                ),
            )
        )

    def _schedule_reminders(self, scheduled_date, channel=None, by_hand=False):
        """Schedule a reminder of each of these invoices.

        Those of one payer leave as one message, see `_goes_together`.

        :param scheduled_date: when they shall leave (UTC, naive)
        :param channel: ``email``, ``sms`` or ``both``; default: as the practice set it
        :param by_hand: whether somebody wants them now, whatever goes by itself
        :return: the new `konfidens.payment.message` records
        """
        messages = self.env["konfidens.payment.message"]
        if not self:
            return messages
        self._end_asking_about_reminder()
        # so that the database sees what is over before what begins
        self.payment_message_line_ids.flush_recordset(["pending"])
        turn = messages._get_turn(len(self), by_hand)
        messages = messages.create(
            [
                {
                    **move._prepare_reminder_values(scheduled_date, channel),
                    "by_hand": by_hand,
                    "turn": turn,
                }
                for move in self
            ]
        )
        if by_hand:
            messages._log(lambda message: message._describe_schedule())
        return messages

    def _end_asking_about_reminder(self):
        """Take back what was asked about the reminders of these invoices."""
        self.activity_unlink([REMINDER_ACTIVITY])
        lines = self.payment_message_line_ids.filtered(
            lambda line: line.kind == "reminder" and line.is_unsolved
        )
        lines.is_unsolved = False
        quietly(self.filtered("reminder_asked")).reminder_asked = False
        # a further instalment is to be paid
        quietly(
            self.filtered(lambda move: move.reminders_over and not move.reminder_count)
        ).reminders_over = False

    def _prepare_reminder_values(self, scheduled_date, channel):
        self.ensure_one()
        channel = channel or self._get_reminder_channel()
        return {
            **self._prepare_payment_message_values(scheduled_date, channel),
            "kind": "reminder",
            "reminder_id": self._get_reminder_in_turn().id,
        }

    def _get_reminder_in_turn(self):
        """Return which of the practice's reminders is next; after the last, the last.

        Also where the practice has switched them off, and somebody reminds by hand.
        """
        self.ensure_one()
        found = self.env["konfidens.payment.reminder"]
        for number, reminder in enumerate(self.company_id.payments_reminder_ids):
            if number <= self.reminder_count:
                found = reminder
        return found

    def _get_reminder_channel(self):
        """Return by which channel this payer is reminded next.

        As the practice set it, unless the payer can only be reached by another.
        """
        self.ensure_one()
        channel = self._get_reminder_in_turn().channel
        if not channel or channel == "message":
            channel = self._get_follow_up_channel()
        candidates = (channel, "email", "sms")
        return next(
            (one for one in candidates if not self._get_address_problem(one)), channel
        )

    def _get_message_problem(self, channel):
        """Override: while a reminder is on its way nobody is asked a second time."""
        problem = super()._get_message_problem(channel)
        reminder = self.payment_message_line_ids._get_latest("reminder").message_id
        if not problem and reminder.state == "sent":
            return self.env._(
                "A reminder of %(invoice)s is on its way already.",
                invoice=self.display_name,
            )
        return problem
