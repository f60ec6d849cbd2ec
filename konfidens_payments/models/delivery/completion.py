from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import in_batch_or_singly

BATCH_SIZE = 100
# How long to wait before each further try to complete the invoice.
PAUSES = (
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=4),
    timedelta(minutes=16),
)


class KonfidensPaymentMessage(models.Model):
    """How the invoice of a delivered message is completed, also at a later try.

    What keeps Odoo from posting it may pass: somebody works on the same records, or
    mends what was missing. Only what is still there after the last try asks a person.
    """

    _inherit = "konfidens.payment.message"

    completion_attempts = fields.Integer(
        readonly=True, help="How often completing the invoice failed so far."
    )
    next_completion_date = fields.Datetime(
        readonly=True, help="When completing the invoice is tried again."
    )

    def _complete_invoices(self):
        """Complete the invoices of these delivered messages; each by itself at worst.

        The messages and their invoices are locked by the caller.
        """
        drafts = self.filtered(lambda message: message.move_id.state == "draft")
        in_batch_or_singly(
            drafts,
            lambda messages: messages.move_id._complete(),
            lambda message, error: message._note_completion_failure(error),
        )
        drafts.filtered(lambda message: message.move_id.state == "posted")._log(
            lambda message: message._describe_completion()
        )

    @api.model
    def _complete_again(self):
        """Try again to complete what could not be completed, after its pause."""
        domain = [("next_completion_date", "<=", fields.Datetime.now())]
        due = self.search(domain, limit=BATCH_SIZE)._lock_with_invoices()
        if not due:
            return
        # cancelled, billed elsewhere or in an accountant's hands meanwhile
        wanted = due.filtered(lambda message: message._is_completion_wanted())
        (due - wanted).next_completion_date = False
        wanted._complete_invoices()
        due._notify_open_forms()
        self.env["ir.cron"]._commit_progress(
            len(due), remaining=self.search_count(domain)
        )

    def _is_completion_wanted(self):
        self.ensure_one()
        move = self.move_id
        return (
            self.state == "delivered"
            and move.state == "draft"
            and not move.posted_before
            and not move.externally_billed
        )

    def _lock_with_invoices(self):
        """Return those of these messages that nobody works on, locked with invoices.

        What waits for an answer to one mail waits as a whole.
        """
        locked = self.try_lock_for_update()
        moves = locked.move_id.try_lock_for_update()
        locked = locked.filtered(lambda message: message.move_id in moves)
        if locked != self:
            locked -= (self - locked)._with_companions()
            # the others as soon as whoever works on them is done
            self._trigger_completion(fields.Datetime.now() + timedelta(seconds=5))
        return locked

    def _note_completion_failure(self, error):
        """Note that the message arrived, and the invoice could not be completed yet.

        :param error: the exception that kept it from being completed
        """
        self.ensure_one()
        practice = self._in_practice_language()
        reason = (
            str(error)
            if isinstance(error, UserError)
            else practice.env._("an unexpected error, which the server's log tells of.")
        )
        self.failure_reason = practice.env._(
            "The invoice could not be completed: %(reason)s", reason=reason
        )
        now = fields.Datetime.now()
        if self.next_completion_date and self.next_completion_date > now:
            return  # the payer opened the link while it waits for its next try
        if self.completion_attempts < len(PAUSES):
            self.next_completion_date = now + PAUSES[self.completion_attempts]
            self.completion_attempts += 1
            self._trigger_completion(self.next_completion_date)
        else:
            self.next_completion_date = False
            self.is_unsolved = True
            self._log(lambda message: message._describe_failure())
            self.move_id._ask_to_mend(self.failure_reason)

    def _mended(self):
        """Note that nobody needs to see to these messages any more."""
        self.write(
            {
                "is_unsolved": False,
                "completion_attempts": 0,
                "next_completion_date": False,
            }
        )
