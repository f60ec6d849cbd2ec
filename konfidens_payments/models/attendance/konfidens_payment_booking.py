from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import format_moment, lock_or_explain, quietly
from ..booking.status import CREDITED_STATUSES

ATTENDANCES = [
    ("planned", "Planned"),
    ("attended", "Came"),
    ("no_show", "Did not come"),
    ("late_cancelled", "Cancelled late"),
    ("cancelled", "Cancelled"),
]
# Who pays a fee, where the practice takes one.
WITH_FEE = ("no_show", "late_cancelled")
# Whose place is free again.
CALLED_OFF = ("late_cancelled", "cancelled")


class KonfidensPaymentBooking(models.Model):
    """Who came: what a person marks, and what becomes of the billing then."""

    _inherit = "konfidens.payment.booking"

    attendance = fields.Selection(
        ATTENDANCES,
        default="planned",
        required=True,
        readonly=True,
        copy=False,
        help="Whether the client came.",
    )
    attendance_by_id = fields.Many2one(
        "res.users", "Marked By", readonly=True, copy=False
    )
    attendance_on = fields.Datetime("Marked On", readonly=True, copy=False)
    attendance_note = fields.Char(
        compute="_compute_attendance_note",
        compute_sudo=True,
        export_string_translation=False,
        help="What the client answered, and who marked what.",
    )
    can_mark_attended = fields.Boolean(
        compute="_compute_attendance_note",
        compute_sudo=True,
        export_string_translation=False,
        help="Its day has come.",
    )

    # === COMPUTE METHODS === #

    @api.depends("attendance", "attendance_on", "declined_on", "no_fee_reason", "start")
    @api.depends_context("lang", "tz")
    def _compute_attendance_note(self):
        for booking in self:
            booking.can_mark_attended = booking.start and not booking._lies_ahead()
            booking.attendance_note = booking._describe_attendance()

    def _describe_attendance(self):
        """Return in words who marked it, or what the client answered, or False."""
        self.ensure_one()
        if self.attendance == "planned" and self.declined_on:
            hours = self._get_notice(self.declined_on).total_seconds() / 3600
            return self.env._(
                "The client declined the invitation %(moment)s, %(hours)d hours "
                "before.",
                moment=format_moment(self.env, self.declined_on),
                hours=max(hours, 0),
            )
        if self.attendance == "planned" or not self.attendance_on:
            return False
        words = self.env._(
            "Marked by %(user)s, %(moment)s.",
            user=self.attendance_by_id.name,
            moment=format_moment(self.env, self.attendance_on),
        )
        if self.no_fee_reason:
            no_fee = self.env._("No fee: %(reason)s", reason=self.no_fee_reason)
            return f"{words} {no_fee}"
        return words

    # === ACTION METHODS === #

    def action_attended(self):
        """Note that the clients came.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: an appointment lies ahead, or is cancelled
        """
        self._check_can_mark("attended")
        self.sudo()._mark("attended")  # sudo: access was checked

    def action_no_show(self):
        """Note that the clients did not come, and ask about the fee.

        :return: the dialog that asks, where something is billed
        :raises AccessError: the user may not bill these bookings
        :raises UserError: an appointment lies ahead, or is cancelled
        """
        bookings = self._get_marked_together()
        bookings._check_can_mark("no_show")
        return bookings._mark_or_ask("no_show", bookings)

    def action_cancelled(self):
        """Note that the clients called off, and ask about the fee if that was late.

        :return: the dialog that asks, where something is billed and it was late
        :raises AccessError: the user may not bill these bookings
        :raises UserError: an appointment is cancelled already
        """
        bookings = self._get_marked_together()
        bookings._check_can_mark("cancelled")
        # sudo: access was checked; the practice's hours
        late = bookings.sudo().filtered(lambda one: one._is_called_off_late())
        return bookings._mark_or_ask("late_cancelled", late.with_env(self.env))

    def action_planned(self):
        """Take back what was marked: the bookings are billed as they were.

        :raises AccessError: the user may not bill these bookings
        """
        self._check_can_bill()
        self.sudo()._mark("planned")  # sudo: access was checked

    def _mark_or_ask(self, attendance, asked):
        """Mark these bookings, or open the dialog where a fee would be billed.

        :param attendance: what the fee is for, one of WITH_FEE
        :param asked: those of them that may pay it; the others called off in time
        """
        # sudo: the callers checked the access
        if any(booking._is_billed_here() for booking in asked.sudo()):
            wizards = self.env["konfidens.payment.fee.wizard"]
            return wizards._open_for(asked, self - asked, attendance)
        asked.sudo()._mark(attendance)
        (self - asked).sudo()._mark("cancelled")
        return None

    def _get_marked_together(self):
        """Return these bookings, and those of who pays for the same client with them.

        It is one client who came, or did not.

        :raises AccessError: the user may not bill these bookings
        """
        self._check_can_bill()
        return self | self._with_shares().filtered("active")

    # === CHECKS === #

    def _check_can_mark(self, attendance):
        """:raises UserError: with what keeps these from being marked, for the first."""
        self._check_can_bill()
        for booking in self:
            if not booking.active:
                raise UserError(
                    self.env._(
                        "%(booking)s is cancelled. Restore the appointment first.",
                        booking=booking.display_name,
                    )
                )
            if attendance in ("attended", "no_show") and booking._lies_ahead():
                raise UserError(
                    self.env._(
                        "%(booking)s lies ahead: who came is marked on its day.",
                        booking=booking.display_name,
                    )
                )

    def _lies_ahead(self):
        """Return whether its day is still to come, where it takes place."""
        self.ensure_one()
        local = self.with_context(tz=self._get_payment_tz())
        return self._get_local_day() > fields.Date.context_today(local)

    def _is_called_off(self):
        """Return whether it does not take place, and nothing is billed of it."""
        self.ensure_one()
        return not self.active or self.attendance == "cancelled"

    def _is_billed_here(self):
        """Return whether a fee would be billed: not where all is billed elsewhere."""
        self.ensure_one()
        return self.payment_status not in (False, "external")

    def _get_notice(self, moment):
        """Return how long before the appointment a moment is: a `timedelta`.

        What takes all day begins with the day where it takes place.

        :param moment: UTC, naive
        """
        self.ensure_one()
        start = self.start
        if self.allday:
            tz = pytz.timezone(self._get_payment_tz())
            day = tz.localize(datetime.combine(self._get_local_day(), time.min))
            start = day.astimezone(pytz.utc).replace(tzinfo=None)
        return start - moment

    def _is_called_off_late(self):
        """Return whether the client declined, or calls off now, later than allowed."""
        self.ensure_one()
        notice = self._get_notice(self.declined_on or fields.Datetime.now())
        return notice.total_seconds() < self.company_id.payments_late_hours * 3600

    # === MARKING === #

    def _mark(self, attendance, fees=None, reason=False):
        """Mark these bookings, with all rights, and let their billing follow.

        What the payer was told is fixed: then it is credited, and billed anew.

        :param attendance: one of ATTENDANCES
        :param fees: dict from the booking's id to the fee that a person confirmed, in
            the booking's currency; default: by the practice's rule
        :param reason: why no fee is billed
        """
        if not self:
            return
        self |= self._with_shares().filtered("active")
        lock_or_explain(self)
        before = self._get_before_change()
        told = self.filtered("is_told")
        credited = self.filtered(lambda one: one.payment_status in CREDITED_STATUSES)
        asked = self.invoice_id._take_back_credit_activities()
        self._answer_invitations(attendance)
        for booking in self:
            fee = (fees or {}).get(booking.id)
            quietly(booking).write(booking._prepare_mark_values(attendance, fee))
        quietly(self).no_fee_reason = reason
        self._log_mark(attendance)
        if attendance == "cancelled":
            self._call_off()
        else:
            quietly(self - told)._follow_in_drafts(before)
            told._follow_in_labels()
            changed = (told | credited).filtered(
                lambda one: (
                    one._get_charge() != before[one]["charge"]
                    # its discount lessens no fee, were it as high as the price
                    or one.has_fee != before[one]["has_fee"]
                    and one.invoice_id.line_ids._find_marked_otherwise()
                )
            )
            changed._bill_anew()
            (self - told).filtered(lambda one: not one.invoice_id)._bill_as_planned_by(
                self.env
            )
            self._schedule_marked()
        asked._ask_to_credit_called_off()

    def _prepare_mark_values(self, attendance, fee=None):
        self.ensure_one()
        return {
            "attendance": attendance,
            "attendance_by_id": attendance != "planned" and self.env.uid,
            "attendance_on": fields.Datetime.now(),
            **self._prepare_fee_values(attendance, fee),
        }

    def _log_mark(self, attendance):
        """Note in the invoices' chatter what was marked.

        Why no fee is billed stays on the booking: it may be about the client's health.
        """
        for lang, moves in self.invoice_id.grouped(
            lambda move: move._get_practice_lang()
        ).items():
            field = self.with_context(lang=lang)._fields["attendance"]
            labels = dict(
                field._description_selection(self.with_context(lang=lang).env)
            )
            moves._message_log_batch(
                bodies=dict.fromkeys(moves.ids, labels[attendance])
            )

    def _unmark_other_clients(self, before):
        """Take back the marks of bookings that are of another client now.

        Before their drafts follow. Nothing of who was there before stays.

        :param before: what `_get_before_change` returned
        """
        others = self.filtered(lambda one: one.client_id != before[one]["client"])
        quietly(others.filtered("declined_on")).declined_on = False
        for booking in others:
            if booking.attendance != "planned":
                quietly(booking).write(
                    {
                        **booking._prepare_mark_values("planned"),
                        "no_fee_reason": False,
                    }
                )

    def _unmark_moved(self, starts, env):
        """Take back the marks of appointments that were moved to a day ahead.

        Where the payer was not told, by who may bill them; of others their practitioner
        hears.

        :param starts: dict from the event's id to when it was
        :param env: of who moved them
        """
        moved = self.filtered(
            lambda one: one.start != starts.get(one.event_id.id, one.start)
        )
        quietly(moved.filtered("declined_on")).declined_on = False
        marked = moved.filtered(
            lambda one: (
                one.attendance != "planned"
                and not any(one._with_shares().mapped("is_told"))
                and one._lies_ahead()
            )
        )
        if not marked:
            return
        # Also what is done as superuser is done for a user: synchronization, say.
        mine = marked.with_env(env).sudo(False)._filtered_access("write")
        mine = marked.browse(mine.ids)
        mine._mark("planned")
        (marked - mine)._notify_practitioner(
            lambda theirs: theirs._(
                "%(user)s moved appointments of which you have marked who came: the "
                "mark stays.",
                user=env.user.name,
            )
        )
