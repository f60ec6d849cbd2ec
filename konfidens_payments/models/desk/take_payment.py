from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ...tools import plainly
from ..booking.calendar_event import BOOKING, GROUPS


class AccountMove(models.Model):
    """Taking a payment at the desk, by who has no rights in accounting."""

    _inherit = "account.move"

    has_desk_payment = fields.Boolean(
        compute="_compute_has_desk_payment",
        compute_sudo=True,
        groups=GROUPS,
        export_string_translation=False,
    )

    @api.depends("matched_payment_ids.state")
    def _compute_has_desk_payment(self):
        for move in self:
            move.has_desk_payment = bool(move._get_desk_payments())

    # === ACTION METHODS === #

    def action_print_receipt(self):
        """Open Odoo's receipt of what was taken last at the desk.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: nothing was
        """
        self.ensure_one()
        self._check_payment_access()
        payments = self.sudo()._get_desk_payments()  # sudo: access was checked
        if not payments:
            raise UserError(
                self.env._(
                    "Nothing of %(invoice)s was paid at the desk.",
                    invoice=self.display_name,
                )
            )
        return payments[-1:]._open_receipt()

    def action_take_payment(self):
        """Open the dialog that takes the payment of this invoice at the desk.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: nothing is to be paid
        """
        self.ensure_one()
        self._check_payment_access()
        move = self.sudo()  # sudo: access was checked
        if problem := move._get_desk_obstacle():
            raise UserError(problem)
        wizard = self.env["konfidens.payment.take.wizard"]
        return wizard._open_for(move)

    # === BUSINESS METHODS === #

    def _get_desk_payments(self):
        """Return the payments of this invoice at the desk, the last one at the end."""
        self.ensure_one()
        return self.matched_payment_ids.filtered(
            lambda payment: (
                payment.payments_method_id and payment.state in ("in_process", "paid")
            )
        ).sorted("id")

    def _get_desk_obstacle(self):
        """Return why no payment of this invoice is taken and what to do, or False."""
        self.ensure_one()
        # what was completed before and taken back is completed by a person's press
        taken_back = self.state == "draft" and self.posted_before
        problem = not taken_back and self._get_payment_obstacle()
        return (
            problem
            or self._get_nothing_to_pay()
            # it is completed first
            or self._get_start_obstacle()
        )

    def _take_payment(self, method, amount, left, reference=False):
        """Book a payment of this invoice that was taken at the desk.

        A draft is completed first. Of two who take it at once the second is told: what
        is left is no more what the screen showed.

        :param method: the `konfidens.payment.method`
        :param amount: in the invoice's currency
        :param left: what was left to pay when the user looked
        :param reference: what the user noted, the number of a slip, say
        :return: the `account.payment`, with all rights
        :raises UserError: nothing is changed
        """
        self.ensure_one()
        self._lock_for_payment()
        if problem := self._get_desk_obstacle():
            raise UserError(problem)
        self._check_is_left(left)
        self._check_amount(amount)
        self._check_method(method)
        whole = not self.currency_id.compare_amounts(amount, left)
        if whole:
            self._call_off_messages()
        if self.state == "draft":
            self.action_complete_invoice()
            self._check_is_left(left)
        payment = self._register_payment(method, amount, self._get_desk_day())
        if reference:
            payment.payment_reference = reference
        if self.currency_id.compare_amounts(self.amount_residual, left - amount):
            raise UserError(
                self.env._(
                    "The payment could not be booked on this invoice. Ask your "
                    "accountant to look at the journal of %(method)s.",
                    method=method.name,
                )
            )
        if not whole:
            self._tell_the_rest()
        self._message_log(body=self._describe_taking(method, amount, reference))
        return payment

    def _check_is_left(self, left):
        """:raises UserError: something else is left to pay than the user saw."""
        if self.currency_id.compare_amounts(self.amount_residual, left):
            raise UserError(
                self.env._(
                    "What is left to pay has changed meanwhile: it is %(left)s now. "
                    "Close this window, look whether the payment was taken already, "
                    "and press Take Payment again if not.",
                    left=self._format_left(),
                )
            )

    def _check_amount(self, amount):
        """:raises UserError: it is not an amount that can be taken."""
        if self.currency_id.compare_amounts(amount, 0) <= 0:
            raise UserError(self.env._("Type the amount that you take: above zero."))
        if self.currency_id.compare_amounts(amount, self.amount_residual) > 0:
            raise UserError(
                self.env._(
                    "%(left)s is left to pay. Take no more than that, and give change.",
                    left=self._format_left(),
                )
            )

    def _check_method(self, method):
        """:raises UserError: this invoice is not paid by this way."""
        if method not in self.env["konfidens.payment.method"]._search_for(self):
            raise UserError(
                self.env._(
                    "Choose one of the ways by which the practice takes money in "
                    "%(currency)s.",
                    currency=self.currency_id.name,
                )
            )

    def _format_left(self):
        return format_amount(self.env, self.amount_residual, self.currency_id)

    def _get_desk_day(self):
        """Return which day it is at the desk."""
        local = self.with_context(tz=self._get_company_tz())
        return fields.Date.context_today(local)

    def _register_payment(self, method, amount, day, payment_line=None):
        """Let Odoo register a payment on this invoice or credit note.

        :param payment_line: of the journal; default: that by which it takes money
        :return: the `account.payment`, with all rights
        """
        payment_line = payment_line or method.payment_method_line_id
        register = plainly(self.env["account.payment.register"])
        register = (
            register.with_company(self.company_id)
            .with_context(
                active_model=self._name,
                active_ids=self.ids,
                # Where Odoo waits for the bank's statement, it books nothing until
                # then. What was taken at the desk is here.
                force_payment_move=not payment_line.payment_account_id,
            )
            .create(
                {
                    "journal_id": method.journal_id.id,
                    "payment_method_line_id": payment_line.id,
                    "currency_id": self.currency_id.id,
                    "amount": amount,
                    "payment_date": day,
                    # nothing is written off at the desk
                    "payment_difference_handling": "open",
                }
            )
        )
        # sudo: Odoo gives back with the user's own rights what it made with all
        payment = register._create_payments().sudo()
        payment.payments_method_id = method
        return payment

    def _tell_the_rest(self):
        """Tell the payer of what is left, not of what is no longer to be paid.

        What is scheduled does so by itself; what was handed over, and has not left, is
        taken back and scheduled anew.
        """
        for line in self.payment_message_line_ids.filtered("pending"):
            message = line.message_id
            if (
                message.kind == "payment"
                and message.state == "sent"
                and message._take_back(line)
                and message.state == "cancelled"
            ):
                self._schedule_payment_message(fields.Datetime.now(), message.channel)

    def _describe_taking(self, method, amount, reference):
        """Return in the practice's words that it was paid at the desk."""
        practice = self._in_practice_language()
        values = {
            "amount": format_amount(practice.env, amount, self.currency_id),
            "method": method.with_env(practice.env).name,
        }
        if reference:
            return practice.env._(
                "%(amount)s paid at the desk by %(method)s: %(reference)s",
                reference=reference,
                **values,
            )
        return practice.env._("%(amount)s paid at the desk by %(method)s.", **values)


class KonfidensPaymentBooking(models.Model):
    _inherit = BOOKING

    def action_take_payment(self):
        """Open the dialog that takes the payment of this booking at the desk.

        What has no invoice yet gets its draft first.

        :raises AccessError: the user may not bill this booking
        :raises UserError: it cannot be invoiced, or nothing is to be paid
        """
        self.ensure_one()
        self._check_can_bill()
        if missing := self._without_invoice():
            missing.action_create_invoice()
        return self._get_billed_invoices().action_take_payment()


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    def action_take_payment(self):
        """As `konfidens.payment.booking.action_take_payment`, for its one client.

        :raises UserError: several are to pay for it
        """
        self.ensure_one()
        bookings = self._get_bookings()
        if len(bookings) > 1:
            bookings = bookings.filtered(lambda booking: not booking.is_settled)
        if len(bookings) != 1:
            raise UserError(
                self.env._(
                    "Several pay for this appointment. Take the payment in the row of "
                    "the one who pays."
                )
            )
        return bookings.action_take_payment()
