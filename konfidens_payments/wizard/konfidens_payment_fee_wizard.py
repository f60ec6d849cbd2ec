from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount

from ..models.attendance.billing_anew import ACCOUNTANTS
from ..models.attendance.konfidens_payment_booking import ATTENDANCES, WITH_FEE
from ..models.shares.konfidens_payment_booking import _get_key
from ..tools import plainly

# What a user chooses in the dialog; all else follows.
CHOICES = {"notice", "fee", "reason"}


class KonfidensPaymentFeeWizard(models.TransientModel):
    """The dialog that asks about the fee of who did not come, or called off late.

    The practice's rule proposes it; a person confirms it, or says why there is none.
    It is made when it is opened, so that it knows which bookings the screen showed.
    """

    _name = "konfidens.payment.fee.wizard"
    _description = "Fee of Who Did Not Come"

    booking_ids = fields.Many2many(
        "konfidens.payment.booking", required=True, readonly=True
    )
    # of several that are called off at once
    in_time_ids = fields.Many2many(
        "konfidens.payment.booking",
        "konfidens_payment_fee_wizard_in_time_rel",
        readonly=True,
    )
    known = fields.Json(
        readonly=True,
        export_string_translation=False,
        help="How the bookings were marked, and what they cost, when it was opened.",
    )
    notice = fields.Selection(
        [("late", "Late"), ("in_time", "In time")],
        "Called Off",
        help="Of who called off. Late: the fee is billed. In time: nothing is.",
    )
    attendance = fields.Selection(
        ATTENDANCES, compute="_compute_attendance", store=True, precompute=True
    )
    # of one client
    fee = fields.Monetary(
        compute="_compute_fee", store=True, readonly=False, precompute=True
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    reason = fields.Char("No Fee Because")
    # what is shown
    count = fields.Integer(readonly=True, export_string_translation=False)
    notice_note = fields.Char(compute="_compute_shown", export_string_translation=False)
    rule_note = fields.Char(compute="_compute_shown", export_string_translation=False)
    outcome_note = fields.Char(
        compute="_compute_shown", export_string_translation=False
    )

    # === COMPUTE METHODS === #

    @api.depends("notice")
    def _compute_attendance(self):
        marks = {"late": "late_cancelled", "in_time": "cancelled"}
        for wizard in self:
            wizard.attendance = marks.get(wizard.notice, "no_show")

    @api.depends("attendance")
    def _compute_fee(self):
        for wizard in self:
            fees = wizard._get_fees()
            wizard.fee = sum(fees.values()) if wizard.count == 1 else 0.0

    @api.depends("attendance", "fee")
    @api.depends_context("uid", "lang")
    def _compute_shown(self):
        for wizard in self:
            bookings = wizard._get_checked_bookings()
            wizard.notice_note = wizard.notice and wizard._describe_notice(bookings)
            wizard.rule_note = wizard._describe_rule()
            wizard.outcome_note = wizard._describe_outcome(bookings)

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `base`: nobody writes what only follows.

        :raises AccessError: somebody does
        """
        if not self.env.su and set(vals) - CHOICES:
            raise AccessError(
                self.env._(
                    "Open the dialog on the appointments that it is about: they cannot "
                    "be changed in it."
                )
            )
        return super().write(vals)

    # === ACTION METHODS === #

    def action_bill_fee(self):
        """Mark the bookings, and bill the fee instead of the appointment.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: an invoice cannot be changed or credited; somebody changed
            the bookings meanwhile; or the fee is waived, and no reason is given
        """
        bookings = self._get_checked_bookings()
        if self.count != 1:
            return self._mark()
        if self.fee < 0:
            raise UserError(self.env._("A fee is zero or more."))
        if not self.fee and any(self._get_fees().values()):
            return self.action_no_fee()
        return self._mark(bookings._split_fee(self.fee))

    def action_no_fee(self):
        """Mark the bookings, and bill nothing.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: no reason is given, or as `action_bill_fee`
        """
        if not (self.reason or "").strip():
            raise UserError(
                self.env._("Say why there is no fee: it is kept with the booking.")
            )
        return self._mark(dict.fromkeys(self._get_checked_bookings().ids, 0.0))

    def action_mark(self):
        """Mark the bookings as cancelled in time: nothing is billed.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: somebody changed the bookings meanwhile
        """
        return self._mark()

    def _mark(self, fees=None):
        bookings = self._get_checked_bookings()
        in_time = self.sudo().in_time_ids.with_env(self.env)
        in_time._check_can_mark("cancelled")
        in_time = in_time.sudo()  # sudo: access was checked
        if self._describe_known(bookings, in_time) != self.sudo().known:
            raise UserError(
                self.env._(
                    "Somebody else marked or changed it meanwhile. Close this, and "
                    "look again."
                )
            )
        no_fee = fees and not any(fees.values())
        bookings._mark(self.attendance, fees, no_fee and self.reason)
        in_time._mark("cancelled")
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS METHODS === #

    @api.model
    def _open_for(self, bookings, in_time, attendance):
        """Open a new dialog for bookings that the user may bill.

        :param in_time: those that are marked as cancelled in time along with them
        :param attendance: what the fee is for, one of WITH_FEE
        """
        currency = bookings.currency_id
        # sudo: the caller checked the access; nobody makes such a dialog by hand
        wizard = plainly(self.sudo()).create(
            {
                "booking_ids": bookings.ids,
                "in_time_ids": in_time.ids,
                "known": self._describe_known(bookings.sudo(), in_time.sudo()),
                "notice": attendance == "late_cancelled" and "late",
                "currency_id": currency.id if len(currency) == 1 else False,
                "count": len(set(bookings.mapped(_get_key))),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Did Not Come")
            if attendance == "no_show"
            else self.env._("Cancelled"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    @api.model
    def _describe_known(self, *bookings):
        """Return how bookings are marked and what they cost, to be compared: JSON."""
        return [
            [one.id, one.attendance, one.price, one.payment_status]
            for group in bookings
            for one in group.sorted("id")
        ]

    def _get_checked_bookings(self):
        """Return the bookings with all rights.

        :raises AccessError: it is another's dialog, or the user may not bill them
        """
        self.ensure_one()
        # Also where it is computed as superuser.
        wizard = plainly(self._origin.sudo(False))
        wizard.check_access("read")
        # sudo: of the user's own dialog, as it is in the database, not on the screen
        bookings = wizard.sudo().booking_ids.with_env(wizard.env)
        bookings._check_can_mark(wizard.sudo().attendance)
        return bookings.sudo()  # sudo: access was checked

    def _get_fees(self):
        """Return the fees by the practice's rule: dict from the booking's id.

        Without those that are billed elsewhere.
        """
        self.ensure_one()
        if self.attendance not in WITH_FEE:
            return {}
        # sudo: a new dialog, whose bookings the user was found to bill
        is_open = bool(self._origin)
        bookings = self._get_checked_bookings() if is_open else self.sudo().booking_ids
        return {
            one.id: one._get_fee(self.attendance)
            for one in bookings
            if one._is_billed_here()
        }

    # === WORDS === #

    def _describe_notice(self, bookings):
        """Return how long before the appointment it was called off."""
        hours = bookings.company_id[:1].payments_late_hours
        if in_time := len(self.sudo().in_time_ids):
            return self.env._(
                "%(late)s less than %(hours)s hours before. %(in_time)s in time: they "
                "pay nothing.",
                late=len(bookings),
                hours=hours,
                in_time=in_time,
            )
        if self.count > 1:
            return self.env._(
                "Less than %(hours)s hours before their appointments.", hours=hours
            )
        first = bookings[0]
        notice = first._get_notice(first.declined_on or fields.Datetime.now())
        if notice.total_seconds() < 0:
            return self.env._("The appointment has begun already.")
        return self.env._(
            "%(notice)d hours before the appointment; late is less than %(hours)s.",
            notice=notice.total_seconds() / 3600,
            hours=hours,
        )

    def _describe_rule(self):
        """Return what the fees of several bookings come to, or False."""
        fees = self._get_fees()
        if self.count < 2 or not self.currency_id:
            return False
        return self.env._(
            "%(count)s fees, together %(amount)s.",
            count=len(fees),
            amount=format_amount(self.env, sum(fees.values()), self.currency_id),
        )

    def _describe_outcome(self, bookings):
        """Return what becomes of an invoice that the payer was told of, or False."""
        told = bookings.filtered("is_told")
        if self.attendance != "cancelled":
            fees = self._get_fees()
            if self.count == 1:
                fees = bookings._split_fee(self.fee)
            told = told.filtered(
                lambda one: (
                    one._get_fee_rule(self.attendance)[1] != one.fee_product_id
                    or one.currency_id.compare_amounts(
                        fees.get(one.id, one.price), one.price
                    )
                )
            )
        if not told:
            return False
        posted = told.invoice_id.filtered(lambda move: move.state == "posted")
        if not posted and self.attendance == "cancelled":
            return self.env._(
                "The client was told to pay: that draft is cancelled. Tell the client "
                "that there is nothing to pay."
            )
        if not posted:
            return self.env._(
                "The client was told the whole price. That draft is cancelled, and a "
                "message tells what is to be paid instead."
            )
        names = ", ".join(posted.mapped("display_name"))
        if self.attendance == "cancelled" or not self.env.user.has_group(ACCOUNTANTS):
            return self.env._(
                "%(invoices)s: completed already. An accountant is asked to credit it.",
                invoices=names,
            )
        return self.env._(
            "%(invoices)s: completed already. It is credited, and one message tells "
            "what is to be paid instead.",
            invoices=names,
        )
