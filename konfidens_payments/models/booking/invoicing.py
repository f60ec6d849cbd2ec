from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools import explain_error, in_batch_or_singly, lock_or_explain, quietly, say
from .status import CREDITED_STATUSES


class KonfidensPaymentBooking(models.Model):
    """The invoice of a booking: how it gets its draft, and what keeps it from one."""

    _inherit = "konfidens.payment.booking"

    move_line_ids = fields.One2many(
        "account.move.line",
        "booking_id",
        "Invoice Lines",
        readonly=True,
        export_string_translation=False,
    )
    invoice_id = fields.Many2one(
        "account.move",
        compute="_compute_invoice_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        help="The invoice that is in force.",
    )
    was_drafted = fields.Boolean(
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="It had its draft: where that was cancelled, only Create Invoice makes "
        "another.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "move_line_ids.move_id.move_type",
        "move_line_ids.move_id.payment_state",
        "move_line_ids.move_id.reversal_move_ids.state",
        "move_line_ids.move_id.state",
    )
    def _compute_invoice_id(self):
        for booking in self:
            moves = booking.move_line_ids.move_id.filtered(
                lambda move: move.move_type == "out_invoice" and move.state != "cancel"
            ).sorted("id")
            if len(moves) > 1:
                # the others were credited; where all were, the last one says so
                moves = moves.filtered(lambda move: move._is_in_force()) or moves
            booking.invoice_id = moves[-1:]

    # === CONSTRAINTS === #

    @api.constrains("company_id")
    def _check_company_of_invoice(self):
        for booking in self:
            invoice = booking.invoice_id
            if invoice and invoice.company_id != booking.company_id:
                raise ValidationError(
                    self.env._(
                        "It has an invoice of %(company)s, so it stays a booking of "
                        "that company.",
                        company=invoice.company_id.name,
                    )
                )

    # === ACTION METHODS === #

    def action_create_invoice(self):
        """Make the draft invoice of each booking that has none; open what was made.

        Externally billed bookings become active, with the method *manual*. One that
        has its invoice opens it; of several those that have one are left out.

        :return: a window action on the `account.move` records; of several bookings a
            notice of how many were made, which then opens them
        :raises AccessError: the user may not bill these bookings
        :raises UserError: a booking cannot be invoiced; nothing is changed
        """
        self._check_can_bill()
        # sudo: access was checked; a practitioner has no rights in accounting
        bookings = self.sudo()
        lock_or_explain(bookings)
        missing = bookings._without_invoice()
        missing._check_can_be_invoiced()
        missing._set_default_service()
        made = missing._create_draft_invoices()
        opened = (made or bookings.invoice_id).with_env(self.env)._open_invoices()
        if len(self) == 1:
            return opened
        return say(self._count_made(len(made), bookings - missing), opened)

    def _count_made(self, made, others):
        """Return how many drafts were made, in words, and how many have an invoice.

        :param made: the number of drafts
        :param others: the bookings that had an invoice
        """
        words = []
        if made == 1:
            words.append(self.env._("1 draft invoice made."))
        elif made:
            words.append(self.env._("%(count)s draft invoices made.", count=made))
        if len(others) == 1:
            words.append(self.env._("1 appointment has an invoice already."))
        elif len(others.event_id) > 1:
            words.append(
                self.env._(
                    "%(count)s appointments have an invoice already.", count=len(others)
                )
            )
        elif others:  # of a group
            words.append(
                self.env._(
                    "%(count)s clients have an invoice already.", count=len(others)
                )
            )
        return " ".join(words)

    def action_view_invoice(self):
        """Open the invoices that are in force: one as a form, several as a list.

        :raises UserError: there is none yet
        """
        self.check_access("read")
        if not self.invoice_id:
            raise UserError(
                self.env._(
                    "This appointment has no invoice yet. Press Create Invoice first."
                )
            )
        return self.invoice_id._open_invoices()

    def action_view_event(self):
        """Open the appointment."""
        self.ensure_one()
        return self.event_id._get_records_action(context={})

    # === OBSTACLES === #

    def _without_invoice(self):
        """Return those of these bookings that have no invoice, or a credited one."""
        return self.filtered(
            lambda booking: (
                not booking.invoice_id or booking.payment_status in CREDITED_STATUSES
            )
        )

    def _check_can_be_invoiced(self):
        """:raises UserError: with the reason for each booking that cannot be."""
        problems = []
        for booking in self:
            if problem := booking._get_invoicing_problem():
                problems.append(
                    problem
                    if len(self) == 1
                    else self.env._(
                        "%(booking)s: %(problem)s",
                        booking=booking.display_name,
                        problem=problem,
                    )
                )
        companies = self.company_id.filtered(lambda one: one._get_invoicing_problem())
        problems += [company._get_invoicing_problem() for company in companies]
        if companies:
            raise companies._refuse_invoicing(problems)
        if problems:
            raise UserError("\n".join(problems))

    def _get_invoicing_problem(self):
        """Return why this booking cannot be invoiced and what to do, or False."""
        self.ensure_one()
        service = self.service_id or self.company_id._get_default_service()
        if not self.active:
            return self.env._("It is cancelled. Restore the appointment first.")
        if self.attendance == "cancelled":
            return self.env._("It is cancelled. Press Planned Again first.")
        if not self._without_invoice():
            return self.env._(
                "It has an invoice already: %(invoice)s. Open it with View Invoice.",
                invoice=self.invoice_id.display_name,
            )
        if not self.client_id or not self.payer_id:
            return self.env._("It has no client. Choose the client on the appointment.")
        if not service and self.company_id.payments_service_id:
            return self.env._(
                "It has no service, and the default service is archived. Choose a "
                "service on the appointment, or another default service in the "
                "settings of Payments."
            )
        if not service:
            return self.env._(
                "It has no service. Choose a service on the appointment, or a default "
                "service in the settings of Payments."
            )
        price = self.price or (not self.service_id and self._get_list_price(service))
        if self.currency_id.compare_amounts(price, 0) <= 0:
            return self.env._("It has no price. Set a price above zero first.")
        return False

    def _set_default_service(self, service=None):
        """Give those that have no service the company's default, or this one."""
        without = self.filtered(lambda booking: not booking.service_id)
        for company, bookings in without.grouped("company_id").items():
            for price, same_price in bookings.grouped("price").items():
                values = {"service_id": (service or company._get_default_service()).id}
                if price:  # typed by hand: it stays
                    values["price"] = price
                quietly(same_price).write(values)

    # === BY ITSELF === #

    def _bill_by_method(self):
        """Make the drafts that the invoicing methods ask for, and schedule messages.

        In batch; a booking that cannot be invoiced stays *to invoice*, and an
        appointment is never refused for it.
        """
        # sudo: the company's setting bills them, once somebody wrote who may
        billable = self.sudo().filtered(lambda booking: booking._is_billed_by_itself())
        for company in billable.company_id:
            if company._get_invoicing_problem():
                billable = billable.filtered(
                    lambda booking, company=company: booking.company_id != company
                )
        in_batch_or_singly(
            billable,
            lambda bookings: bookings._create_draft_invoices(),
            lambda booking, error: booking._note_billing_failure(error),
        )
        billable.filtered(
            lambda booking: booking.invoicing_method == "automatic"
        )._schedule_by_timing()

    def _is_billed_by_itself(self):
        self.ensure_one()
        method = self.invoicing_method
        wanted = method == "automatic" or (
            method == "manual" and self.company_id.payments_create_draft
        )
        return bool(
            wanted
            and self.service_id
            and not self.invoice_id
            # an accountant who cancelled its draft does not find it billed anew
            and not self.was_drafted
            and not self._get_invoicing_problem()
        )

    def _note_billing_failure(self, error):
        """Tell the practitioner that the draft could not be made, and why."""
        said_in = self.env.lang or "en_US"
        self._notify_practitioner(
            lambda theirs: theirs._(
                "The invoice could not be made: %(reason)s",
                reason=explain_error(theirs, error, said_in),
            )
        )

    # === ITS MESSAGE === #

    def action_send_payment_message(self):
        """Open the dialog that asks when the payment message shall go.

        What is to be invoiced gets its draft first; in an automation rule what cannot
        have one is left out.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: one of them cannot be invoiced, or cannot have a message; or
            it is billed elsewhere, or was credited: sending bills nothing anew
        """
        self._check_can_bill()
        missing = self.sudo()._without_invoice()  # sudo: access was checked
        if "__action_done" in self.env.context:
            left_out = missing.filtered(
                lambda booking: (
                    booking.payment_status != "to_invoice"
                    or booking._get_invoicing_problem()
                )
            )
            missing -= left_out
        else:
            left_out = self.browse()
            missing._check_are_to_be_told()
        if missing:
            missing.with_env(self.env).action_create_invoice()
        return (self - left_out)._get_billed_invoices().action_send_payment_message()

    def _check_are_to_be_told(self):
        """:raises UserError: for what is billed elsewhere, or was credited."""
        words = {
            "external": self.env._(
                "%(booking)s is billed in another system. Press Create Invoice first, "
                "if it shall be billed here.",
            ),
            **dict.fromkeys(
                CREDITED_STATUSES,
                self.env._(
                    "%(booking)s was credited. Press Create Invoice first, if it shall "
                    "be billed again."
                ),
            ),
        }
        problems = [
            words[booking.payment_status] % {"booking": booking.display_name}
            for booking in self
            if booking.payment_status in words
        ]
        if problems:
            raise UserError("\n".join(problems))

    def _get_payment_message_date(self):
        """Return when the message goes by the company's timing (UTC, naive)."""
        self.ensure_one()
        return self.company_id._get_payment_message_date(
            self.start, self.stop, self.allday, self._get_payment_tz()
        )

    def _schedule_by_timing(self):
        """Schedule the payment messages of these bookings by the company's timing."""
        self.invoice_id.filtered(
            lambda move: (
                move.state == "draft"
                and not move.payment_message_state
                and not move._is_free()
                and not any(one._waits_for_mark() for one in move.booking_ids)
            )
        )._schedule_payment_message(False)

    def _get_billed_invoices(self):
        """Return the invoices in force, after checking who asks."""
        self._check_can_bill()
        # sudo: access was checked; what is done with them checks it once more
        return self.sudo().invoice_id.with_env(self.env)
