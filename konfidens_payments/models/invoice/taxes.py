from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import format_moment
from ..booking.calendar_event import GROUPS


class AccountMove(models.Model):
    """What taxes mean for a draft: it is not completed before its appointment begins.

    An invoice with VAT may not be issued before the service is delivered (the Norwegian
    mval § 15-10). Health care that is exempt may be invoiced when it is booked.
    """

    _inherit = "account.move"

    completes_after = fields.Datetime(
        "Completed From",
        compute="_compute_completes_after",
        store=True,
        groups=GROUPS,
        help="It is taxed, so it is completed when its appointment begins, at the "
        "earliest.",
    )

    # what waits, in the order in which it is due
    _completes_after_index = models.Index(
        "(completes_after) WHERE payment_message_state = 'delivered' "
        "AND completes_after IS NOT NULL"
    )

    @api.depends(
        "state",
        "line_ids.booking_id.start",
        "line_ids.price_subtotal",
        "line_ids.price_total",
    )
    def _compute_completes_after(self):
        for move in self:
            starts = move.state == "draft" and move.booking_ids.mapped("start")
            move.completes_after = max(starts) if starts and move._is_taxed() else False

    def _is_taxed(self):
        """Return whether a line of it has a tax that is not zero."""
        self.ensure_one()
        return any(
            self.currency_id.compare_amounts(line.price_total, line.price_subtotal)
            for line in self.invoice_line_ids
        )

    def _has_not_begun(self):
        """Return whether this is taxed and its appointment is still to come."""
        self.ensure_one()
        start = self.completes_after
        return bool(start) and start > fields.Datetime.now()

    def _is_kept_for_start(self):
        """Return whether this draft, whose message arrived, waits for its appointment.

        Also after the appointment has begun, until the job completes it.
        """
        self.ensure_one()
        return bool(
            self.payment_message_state == "delivered"
            and self.completes_after
            and not self.payment_completion_problem
        )

    def _get_start_note(self):
        """Return from when this draft can be completed, in words, or False."""
        self.ensure_one()
        if not self._has_not_begun():
            return False
        return self.env._(
            "It is taxed, so the invoice is completed when the appointment begins, "
            "%(moment)s, at the earliest. Until then the client cannot pay.",
            moment=format_moment(self.env, self.completes_after),
        )

    def _check_has_begun(self):
        """:raises UserError: one of these is taxed, and its appointment to come."""
        for move in self:
            if problem := move._get_start_obstacle():
                raise UserError(problem)

    def _get_start_obstacle(self):
        """Return that it is taxed, and its appointment to come, in words, or False."""
        self.ensure_one()
        if not self._has_not_begun():
            return False
        return self.env._(
            "%(invoice)s is taxed, so it can be completed when its appointment begins, "
            "%(moment)s, at the earliest: an invoice with tax may not be issued "
            "before. It is completed then by itself, once its payment message is "
            "delivered.",
            invoice=self.display_name,
            moment=format_moment(self.env, self.completes_after),
        )
