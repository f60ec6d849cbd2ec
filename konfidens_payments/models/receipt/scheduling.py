from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from ...tools import (
    again_on_conflict,
    explain_error,
    get_time_left,
    has_time_left,
    in_batch_or_singly,
    in_each_language,
    is_copy,
    quietly,
)
from ..sending.in_turn import MANY
from ..sending.joining import MOST


class KonfidensPaymentMessage(models.Model):
    """The job that makes receipts, by one look in a small index where none is due."""

    _inherit = "konfidens.payment.message"

    @api.model
    @again_on_conflict
    def _cron_send_receipts(self):
        """Make the PDFs of what was paid, and schedule the receipts, for now."""
        if not self._has_due_receipts():
            return
        if self.env["account.move"]._give_receipts():
            self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _has_due_receipts(self):
        """Return whether a receipt is due; on a copy none is."""
        if is_copy(self.env):
            return False
        self.env["account.move"].flush_model(["receipt_date"])
        return bool(self.env.execute_query(self._get_due_receipts_look()))

    @api.model
    def _get_due_receipts_look(self):
        return SQL(
            """
            SELECT TRUE FROM account_move
             WHERE receipt_date <= %(now)s
          ORDER BY receipt_date LIMIT 1
            """,
            now=fields.Datetime.now(),
        )


class AccountMove(models.Model):
    """How receipts are scheduled: as messages of their own kind, after the others."""

    _inherit = "account.move"

    @api.model
    def _give_receipts(self):
        """Make the receipts that are due, one payer after the other.

        :return: whether it is done, and there is time left
        """
        done, seen = 0, []
        while has_time_left(self.env, done):
            due = Domain("receipt_date", "<=", fields.Datetime.now())
            due &= Domain("id", "not in", seen)
            first = self.search(due, order="receipt_date, id", limit=1)
            if not first:
                return True
            group = self.search(
                due
                & Domain("company_id", "=", first.company_id.id)
                & Domain("partner_id", "=", first.partner_id.id)
                & Domain("currency_id", "=", first.currency_id.id),
                order="receipt_date, id",
                limit=MOST,
            )
            seen += group.ids
            if not group._give_receipt():
                self.env["ir.cron"]._commit_progress(remaining=1)
                return False
            done = len(group)
        return False

    def _give_receipt(self):
        """Make the PDFs of these invoices, each by itself, then one receipt of them.

        :return: whether there was time for that; it goes on where it ended
        """
        for move in self._filter_receipt_wanted():
            if not get_time_left(self.env):
                return False
            move._make_receipt_pdf()
        locked = self.try_lock_for_update()
        if locked != self:
            # with all of them, as soon as whoever works on one is done
            again = fields.Datetime.now() + timedelta(seconds=5)
            self.env["konfidens.payment.message"]._get_cron("send_receipts")._trigger(
                again
            )
            return True
        quietly(locked).write({"receipt_date": False, "receipt_attempts": 0})
        in_batch_or_singly(
            locked._filter_receipt_wanted(),
            lambda batch: batch._schedule_receipts(fields.Datetime.now()),
            lambda move, error: move._note_receipt_failure(error),
        )
        return True

    def _filter_receipt_wanted(self):
        """Return those of these invoices whose payers are to get a receipt."""
        return self.filtered(
            lambda move: not (move._has_receipt() or move._get_receipt_obstacle())
        )

    def _schedule_receipts(self, scheduled_date, channel=None):
        """Schedule a receipt of each of these paid invoices.

        Those of one payer leave as one message, see `_goes_together`.

        :param scheduled_date: when they shall leave (UTC, naive)
        :param channel: ``email``, ``sms`` or ``both``; default: as the practice set it
        :return: the new `konfidens.payment.message` records
        """
        messages = self.env["konfidens.payment.message"]
        if not self:
            return messages
        self._end_asking_about_receipt()
        # so that the database sees what is over before what begins
        self.payment_message_line_ids.flush_recordset(["gives_receipt"])
        return messages.create(
            [move._prepare_receipt_values(scheduled_date, channel) for move in self]
        )

    def _prepare_receipt_values(self, scheduled_date, channel):
        self.ensure_one()
        channel = channel or self._get_receipt_channel()
        return {
            **self._prepare_payment_message_values(scheduled_date, channel),
            "kind": "receipt",
            "turn": MANY,  # whoever has to pay is told first
            "all_line_ids": [
                Command.create(
                    {
                        "move_id": self.id,
                        **self._prepare_told_values(),
                        "pdf_id": self._get_receipt_pdf().id,
                        "pdf_problem": self._get_pdf_problem(),
                    }
                )
            ],
        }

    def _get_receipt_channel(self):
        """Return by which channel this payer gets a receipt.

        As the practice set it, unless the payer can only be reached by another.
        """
        self.ensure_one()
        channel = "email"
        if self.company_id.payments_receipt == "message":
            channel = self._get_follow_up_channel()
        return next(
            (
                one
                for one in (channel, "email", "sms")
                if not self._get_address_problem(one)
            ),
            channel,
        )

    def _get_receipt_address_problem(self, channel):
        """Return why a receipt cannot leave by this channel, or False."""
        self.ensure_one()
        return self._get_sender_problem(channel) or self._get_address_problem(channel)

    def _check_can_have_receipt(self, channel):
        """Check that these invoices can have a receipt once more, since one failed.

        :raises UserError: with the reason for each that cannot
        """
        problems = [
            problem
            for move in self
            if (
                problem := move._get_receipt_obstacle()
                or (move._has_receipt() and move._get_second_receipt_words())
                or move._get_receipt_address_problem(channel)
            )
        ]
        if problems:
            raise UserError("\n".join(problems))

    def _get_second_receipt_words(self):
        return self.env._(
            "The payer has a receipt of %(invoice)s already.",
            invoice=self.display_name,
        )

    def _note_receipt_failure(self, error):
        """Note that an unexpected error kept this from its receipt, until tomorrow."""
        said_in = self.env.lang or "en_US"
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        quietly(self).receipt_date = tomorrow
        self.env["konfidens.payment.message"]._get_cron("send_receipts")._trigger(
            tomorrow
        )
        self._ask_about_receipt(
            in_each_language(
                self,
                lambda move: move.env._(
                    "The receipt could not be scheduled, and is tried again tomorrow: "
                    "%(reason)s",
                    reason=explain_error(move.env, error, said_in),
                ),
            )
        )
