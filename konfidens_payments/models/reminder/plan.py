from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import quietly
from ..booking.calendar_event import GROUPS
from ..invoice.in_force import _ensure_column

# At this time of day, where the practice is, reminders go by themselves.
TIME_OF_DAY = time(10)
# So long after the last reminder somebody is asked what shall become of the invoice.
PATIENCE = 14  # days


class AccountMove(models.Model):
    """When the payer of an unpaid invoice is reminded, if nothing speaks against it.

    Each reminder has its day after the due date. One that left late, or earlier by
    hand, puts the next ones off or brings them nearer, but never two on one day.
    """

    _inherit = "account.move"

    reminder_count = fields.Integer(
        "Reminders",
        compute="_compute_reminder_count",
        store=True,
        groups=GROUPS,
        help="How many have left, and did not fail.",
    )
    next_reminder_date = fields.Datetime(
        "Next Reminder",
        compute="_compute_next_reminder_date",
        store=True,
        index="btree_not_null",
        groups=GROUPS,
        help="When it is looked whether the payer is to be reminded.",
    )
    reminders_end_date = fields.Datetime(
        compute="_compute_next_reminder_date",
        store=True,
        index="btree_not_null",
        groups=GROUPS,
        export_string_translation=False,
        help="When somebody is asked what to do, after the last reminder.",
    )
    reminder_look_date = fields.Datetime(
        copy=False,
        readonly=True,
        groups=GROUPS,
        export_string_translation=False,
        help="No reminder goes by itself before.",
    )
    reminders_over = fields.Boolean(
        "Unpaid after the Last Reminder",
        copy=False,
        readonly=True,
        groups=GROUPS,
        help="Nobody has paid two weeks after the last reminder.",
    )

    def _auto_init(self):
        """Override of `base`: no invoice of before is reminded of, however many."""
        for name in ("next_reminder_date", "reminder_count", "reminders_end_date"):
            _ensure_column(self, name)
        return super()._auto_init()

    # === COMPUTE METHODS === #

    @api.depends(
        "line_ids.date_maturity",
        "line_ids.reconciled",
        "payment_message_line_ids.kind",
        "payment_message_line_ids.message_id.came_back",
        "payment_message_line_ids.message_id.state",
    )
    def _compute_reminder_count(self):
        for move in self:
            move.reminder_count = len(move._get_counted_reminders())

    @api.depends(
        "booking_ids",
        "externally_billed",
        "invoice_date",
        "line_ids.date_maturity",
        "line_ids.no_followup",
        "line_ids.reconciled",
        "move_type",
        "partner_id.payments_no_reminders",
        "payment_message_line_ids.message_id.delivered_date",
        "payment_message_line_ids.message_id.sent_date",
        "payment_message_line_ids.pending",
        "payment_state",
        "reminder_count",
        "reminder_look_date",
        "reminders_over",
        "state",
    )
    def _compute_next_reminder_date(self):
        # What passes by itself is looked at when it is time: see `pauses`
        for move in self:
            company = move.company_id
            move.next_reminder_date = move.reminders_end_date = False
            if (
                not company.payments_reminders_since
                or not move._is_unpaid()
                or move.no_followup
                or move.partner_id.payments_no_reminders
                or any(move.payment_message_line_ids.mapped("pending"))
            ):
                continue
            reminder, date = move._get_next_reminder(company.payments_reminders_since)
            if reminder:
                move.next_reminder_date = date
            elif date and not move.reminders_over:
                move.reminders_end_date = date

    # === BUSINESS METHODS === #

    @api.model
    def _get_unpaid_domain(self):
        """Return the domain of completed invoices of bookings that wait for payment."""
        return Domain(
            [
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("payment_state", "in", ("not_paid", "partial")),
                ("booking_ids", "!=", False),
            ]
        )

    def _is_unpaid(self):
        """Return whether this is a completed invoice that waits for its payment."""
        self.ensure_one()
        return bool(
            self.state == "posted"
            and self.move_type == "out_invoice"
            and self.payment_state in ("not_paid", "partial")
            and not self.externally_billed
            and self.booking_ids
            and not self._is_credited()
        )

    def _get_counted_reminders(self):
        """Return the lines of reminders of this invoice that left, and did not fail.

        Of the instalment that is to be paid now: those of one before do not count.
        """
        self.ensure_one()
        terms = self.line_ids.filtered(lambda line: line.display_type == "payment_term")
        due = len(terms) > 1 and self._get_first_due_date()
        return self.payment_message_line_ids.filtered(
            lambda line: (
                line.kind == "reminder"
                and line.message_id.state in ("sent", "delivered")
                and not line.message_id.came_back
                and not (due and self._get_local_day(line.message_id.sent_date) <= due)
            )
        )

    def _get_next_reminder(self, since):
        """Return the reminder that this unpaid invoice comes to next, and when.

        :param since: of invoices due on this day or later the practice reminds
        :return: a `konfidens.payment.reminder` and a moment (UTC, naive); no record
            and the moment when all is over, after the last; no record and False where
            there is none at all
        """
        self.ensure_one()
        reminders = self.company_id.payments_reminder_ids
        due = self._get_first_due_date()
        if not reminders or not due or due < since:
            return reminders.browse(), False
        count = self.reminder_count
        last = self._get_last_reminder_day()
        if count >= len(reminders):
            # from the later one: a further instalment has its time, too
            day = max(last or due, due) + timedelta(days=PATIENCE)
            return reminders.browse(), self._get_reminder_moment(day)
        offsets = [0, *reminders._get_offsets()]
        # without a slice, which would be read by itself
        reminder = next(one for number, one in enumerate(reminders) if number == count)
        day = self._get_reminder_base(due) + timedelta(days=offsets[count + 1])
        if last:
            gap = timedelta(days=max(offsets[count + 1] - offsets[count], 1))
            day = last + gap if reminder.after == "previous" else max(day, last + gap)
        if told := self._get_last_told_day():
            day = max(day, told + timedelta(days=1))
        return reminder, self._get_reminder_moment(day)

    def _get_reminder_base(self, due):
        """Return the day from which reminders are counted.

        The due date; or as many days after the payer was told as the invoice gives,
        where a message that came back, or a late one, told of it too late.
        """
        told = self.payment_message_line_ids.message_id.filtered(
            lambda message: (
                message.kind == "payment"
                and message.state == "delivered"
                and not message.came_back
            )
        )
        first = min(filter(None, told.mapped("delivered_date")), default=None)
        if not first or not self.invoice_date:
            return due
        return max(due, self._get_local_day(first) + (due - self.invoice_date))

    def _get_last_reminder_day(self):
        """Return the day on which the last reminder left, or None."""
        return self._get_last_day(self._get_counted_reminders())

    def _get_last_told_day(self):
        """Return the day on which the payer was last told to pay, or None."""
        return self._get_last_day(
            self.payment_message_line_ids.filtered(
                lambda line: (
                    line.kind != "receipt"
                    and line.message_id.state in ("sent", "delivered")
                    and not line.message_id.came_back
                )
            )
        )

    def _get_last_day(self, lines):
        dates = lines.message_id.mapped("sent_date")
        last = max(filter(None, dates), default=None)
        return last and self._get_local_day(last)

    def _get_reminder_moment(self, day):
        """Return when something happens by itself on this day (UTC, naive)."""
        zone = pytz.timezone(self._get_company_tz())
        local = zone.localize(datetime.combine(day, TIME_OF_DAY))
        moment = local.astimezone(pytz.utc).replace(tzinfo=None)
        return max(moment, self.reminder_look_date or moment)

    def _get_local_day(self, moment):
        """Return which day it was, where the company is, at a moment (UTC, naive)."""
        local = self.with_context(tz=self._get_company_tz())
        return fields.Datetime.context_timestamp(local, moment).date()

    def _get_reminder_today(self):
        """Return which day it is where the company is."""
        self.ensure_one()
        return self._get_local_day(fields.Datetime.now())

    def _look_again_tomorrow(self):
        """Let no reminder of these invoices go by itself before tomorrow."""
        for date, moves in self.grouped(lambda move: move._get_tomorrow()).items():
            quietly(moves).reminder_look_date = date

    def _get_tomorrow(self):
        """Return when tomorrow's reminders go (UTC, naive)."""
        return self._get_reminder_moment(self._get_reminder_today() + timedelta(days=1))
