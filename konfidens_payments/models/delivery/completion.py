from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import (
    do_in_batches,
    explain_error,
    format_coming,
    in_batch_or_singly,
    in_each_language,
    in_language,
    is_quiet,
    quietly,
)
from ..booking.calendar_event import GROUPS

# How long to wait before each further try to complete the invoice.
PAUSES = (
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=4),
    timedelta(minutes=16),
)


class AccountMove(models.Model):
    """How an invoice is completed whose payment message arrived, also at a later try.

    And one that is paid in full before: nothing is left to tell its payer.

    What keeps Odoo from posting it may pass: somebody works on the same records, or
    mends what was missing. Only what is still there after the last try asks a person.
    """

    _inherit = "account.move"

    payment_completion_problem = fields.Char(
        copy=False,
        readonly=True,
        translate=True,  # shown inside sentences: see `in_each_language`
        groups=GROUPS,
        help="Why it could not be completed when its payment message arrived.",
    )
    payment_completion_attempts = fields.Integer(
        copy=False,
        readonly=True,
        groups=GROUPS,
        help="How often completing it failed so far.",
    )
    payment_completion_date = fields.Datetime(
        "Next Try",
        copy=False,
        readonly=True,
        index="btree_not_null",
        groups=GROUPS,
        help="When completing it is tried again.",
    )

    def _invoice_paid_hook(self):
        """Override of `account`: a draft that was paid in full is completed."""
        result = super()._invoice_paid_hook()
        if not is_quiet(self):
            self._filter_billing()._complete_soon()
        return result

    def _complete_soon(self):
        """Let the job complete those of these drafts that are paid in full.

        Not who registers the payment: whatever keeps Odoo from posting the invoice
        must not keep the payment out of the books.
        """
        # sudo: who registers a payment need not be allowed to complete
        paid = self.sudo().filtered(
            lambda move: move._is_paid() and move._is_completion_wanted()
        )
        for move in paid:
            at = move._get_completion_date()
            quietly(move).payment_completion_date = at
            self.env["konfidens.payment.message"]._trigger_completion(at)

    def _get_completion_date(self):
        """Return when this draft may be completed (UTC, naive)."""
        self.ensure_one()
        now = fields.Datetime.now()
        return max(now, self.completes_after or now)

    @api.model
    def _complete_again(self):
        """Complete what waited: for its next try, or for its appointment to begin.

        :return: whether it is done, and there is time left
        """
        return do_in_batches(
            self,
            self._get_waited_domain(),
            "payment_completion_date",
            lambda batch: batch._complete_waited(),
        )

    def _complete_waited(self):
        """Complete those of these that nobody works on; return them."""
        locked = self.try_lock_for_update()
        locked._complete_delivered()
        # cancelled, billed elsewhere or in an accountant's hands meanwhile
        locked.filtered(
            lambda move: not move._is_completion_wanted()
        ).payment_completion_date = False
        locked._notify_open_forms()
        if locked != self:
            # the others as soon as whoever works on them is done
            again = fields.Datetime.now() + timedelta(seconds=5)
            self.env["konfidens.payment.message"]._trigger_completion(again)
        return locked

    @api.model
    def _get_waited_domain(self):
        now = fields.Datetime.now()
        begun = Domain("completes_after", "<=", now) & Domain(
            [
                ("payment_message_state", "=", "delivered"),
                ("payment_completion_problem", "=", False),
                ("state", "=", "draft"),
                ("posted_before", "=", False),
                ("externally_billed", "=", False),
            ]
        )
        return Domain("payment_completion_date", "<=", now) | begun

    def _complete_delivered(self):
        """Complete those of these locked invoices whose payment message arrived.

        And those that are paid in full. What is taxed waits for its appointment to
        begin.
        """
        wanted = self.filtered(lambda move: move._is_completion_wanted())
        for move in self - wanted:
            move._note_obstacle()
        early = wanted.filtered(lambda move: move._has_not_begun())
        early._wait_for_start()
        wanted -= early
        told = wanted.filtered(lambda move: move._is_as_told())
        # so that what Odoo says is said as its readers do
        for theirs in told.grouped(lambda move: move._get_practice_lang()).values():
            in_batch_or_singly(
                theirs._in_practice_language(),
                lambda moves: moves._complete_noted(),
                lambda move, error: move._note_completion_failure(error),
            )
        for move in wanted - told:
            move._note_other_than_told()

    def _is_completion_wanted(self):
        """Return whether this draft is to be completed, as it was told or paid."""
        self.ensure_one()
        return (
            self.state == "draft"
            and (self.payment_message_state == "delivered" or self._is_paid())
            and not self._get_payment_obstacle()
        )

    def _wait_for_start(self):
        """Let these locked drafts wait until their appointments begin.

        They are found by that time, so that they follow where it is moved; what was
        paid before its payer was told, at the time that is known today.
        """
        told = self.filtered(lambda move: move.payment_message_state == "delivered")
        told._forget_completion()
        for move in self - told:
            move.payment_completion_date = move.completes_after
        for start in set(self.mapped("completes_after")):
            self.env["konfidens.payment.message"]._trigger_completion(start)

    def _note_completion_failure(self, error):
        """Note that the message arrived, and the invoice could not be completed yet.

        :param error: the exception that kept it from being completed
        """
        self.ensure_one()
        said_in = self.env.lang or "en_US"
        problem = self._set_completion_problem(
            lambda move: move.env._(
                "The invoice could not be completed: %(reason)s",
                reason=explain_error(move.env, error, said_in),
            )
        )
        now = fields.Datetime.now()
        if self.payment_completion_date and self.payment_completion_date > now:
            return  # the payer opened the link while it waits for its next try
        if self.payment_completion_attempts < len(PAUSES):
            next_try = now + PAUSES[self.payment_completion_attempts]
            self.payment_completion_date = next_try
            self.payment_completion_attempts += 1
            self.env["konfidens.payment.message"]._trigger_completion(next_try)
        else:
            self.payment_completion_date = False
            self._message_log(body=in_language(problem, self._get_practice_lang()))
            self._ask_to_mend(problem)

    def _set_completion_problem(self, describe):
        """Note in each language why this invoice is not completed.

        :param describe: returns it, called with the invoice in a language
        :return: what was noted, as `in_each_language` does
        """
        problem = in_each_language(
            self,
            lambda move: move.payment_message_ids._mask_addresses(describe(move)),
        )
        for lang, words in problem.items():
            self.with_context(lang=lang).payment_completion_problem = words
        return problem

    def _note_obstacle(self):
        """Note why this is not completed although its payment message arrived."""
        self.ensure_one()
        if (
            self.state == "draft"
            and self.payment_message_state == "delivered"
            and not self.externally_billed
        ):
            self._forget_completion()
            self._set_completion_problem(lambda move: move._get_payment_obstacle())

    def _note_other_than_told(self):
        """Note that this invoice is not what its payer was told: a person must see."""
        practice = self._in_practice_language()
        if practice._get_other_than_told() != practice.payment_completion_problem:
            self._forget_completion()
            problem = self._set_completion_problem(
                lambda move: move._get_other_than_told()
            )
            practice._message_log(body=practice.payment_completion_problem)
            self._ask_to_mend(problem)

    def _forget_completion(self):
        """Note that nothing keeps these invoices from being completed any more."""
        if kept := self.filtered("payment_completion_problem"):
            quietly(kept).write(
                {
                    "payment_completion_problem": False,
                    "payment_completion_attempts": 0,
                    "payment_completion_date": False,
                }
            )

    def _get_completion_story(self):
        """Return why this draft is not completed yet, in the user's time, or False."""
        self.ensure_one()
        if (
            self.state == "draft"
            and self.posted_before
            and self.payment_message_state == "delivered"
        ):
            return self._get_payment_obstacle()
        if self.state != "draft" or not self.payment_completion_problem:
            return False
        if not self.payment_completion_date:
            return self.payment_completion_problem
        return self.env._(
            "%(reason)s It is tried again %(moment)s.",
            reason=self.payment_completion_problem,
            moment=format_coming(self.env, self.payment_completion_date),
        )

    def _in_practice_language(self):
        """Return this invoice with the language in which the practice works."""
        return self.with_context(lang=self._get_practice_lang())

    def _get_practice_lang(self):
        return self.company_id.partner_id.lang or self.env.lang

    def _notify_open_forms(self):
        """Tell who sent its message and whose appointment it is that it changed."""
        for move in self:
            users = move.payment_message_ids.create_uid | move.booking_ids.user_id
            for user in users:
                user._bus_send(
                    "konfidens_payments/invoice_changed", {"move_id": move.id}
                )
