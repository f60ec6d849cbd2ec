from odoo import api, models
from odoo.exceptions import UserError

from ..tools import in_batch_or_singly

# What the client is told: fixed once the message has left or the invoice is complete.
TOLD = {"client_id", "payer_id", "service_id", "price"}
# What decides whether and how a booking is billed.
BILLING = TOLD | {"invoicing_method", "externally_billed", "active"}
TIMES = {"start", "stop", "start_date", "stop_date", "allday"}
# What the draft and its message follow besides.
FOLLOWED = TIMES | {"user_id", "partner_ids"}


class CalendarEvent(models.Model):
    """What creating, changing and cancelling an appointment does to its billing."""

    _inherit = "calendar.event"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `calendar` to bill new bookings by their method."""
        events = super().create(vals_list)
        events._bill_by_method()
        return events

    def write(self, vals):
        """Override of `calendar` to keep draft, message and appointment in step.

        :raises UserError: what the client was told would change
        """
        changed = (BILLING | FOLLOWED).intersection(vals)
        if not changed or self.env.context.get("konfidens_payments_no_billing"):
            return super().write(vals)
        # sudo: an appointment may be moved by anyone who may write on it, and its
        # billing moves with it by the company's rules, not by this user's rights
        bookings = self.sudo()
        before = bookings._get_billing_before(vals)
        result = super().write(vals)
        bookings._bill_after_write(changed, before)
        return result

    def unlink(self):
        """Override of `calendar` to take draft and unsent message along.

        :raises UserError: somebody else is sending or completing the invoice right now
        """
        bookings = self.sudo()  # sudo: as in write()
        bookings.invoice_id._lock_for_payment()
        bookings._cancel_billing()
        return super().unlink()

    def copy(self, default=None):
        """Override of `calendar`: a copy is a new booking, billed as new ones are."""
        return super().copy({"invoicing_method": False, **(default or {})})

    # === BUSINESS METHODS === #

    def _get_billing_before(self, vals):
        """Lock and check what is about to change, and return how it is now.

        :raises UserError: what the client was told would change, or somebody else is
            sending or completing the invoice right now
        """
        billed = self.filtered("invoice_id")
        billed.invoice_id._lock_for_payment()
        billed._check_not_told(vals)
        return {
            booking: {
                "client": booking.client_id,
                "guests": booking.partner_ids,
                "label": booking.invoice_id and booking._get_invoice_label(),
                "method": booking.invoicing_method,
                "payer": booking.payer_id,
                "price": booking.price,
                "service": booking.service_id,
            }
            for booking in self
        }

    def _check_not_told(self, vals):
        """:raises UserError: for bookings whose client knows what would change."""
        for name in TOLD.intersection(vals):
            field = self._fields[name]
            for booking in self.filtered("is_billing_locked"):
                old = field.convert_to_cache(booking[name], booking)
                if field.convert_to_cache(vals[name], booking) != old:
                    raise UserError(booking._get_told_message())

    def _get_told_message(self):
        self.ensure_one()
        invoice = self.invoice_id
        if invoice.state == "posted":
            return self.env._(
                "%(invoice)s is completed, so client, payer, service and price are "
                "fixed. Credit it first: Credit and Invoice Anew on the invoice.",
                invoice=invoice.display_name,
            )
        return self.env._(
            "The client has been told this price, so client, payer, service and price "
            "are fixed. Complete the invoice and credit it to change them, or bill "
            "the appointment externally."
        )

    def _bill_after_write(self, changed, before):
        """Bring the billing in step with what was just written."""
        # what follows here is written for good, without coming back to this place
        bookings = self.with_context(konfidens_payments_no_billing=True)
        if "active" in changed:
            bookings.filtered(lambda booking: not booking.active)._cancel_billing()
        if "partner_ids" in changed and "client_id" not in changed:
            bookings._follow_guests(before)
        if "payer_id" not in changed:
            bookings._follow_client(before)
        if "price" not in changed:
            bookings._follow_pricelist(before)
        if {"invoicing_method", "externally_billed"} & changed:
            bookings._change_method(before)
        bookings._follow_in_drafts(changed, before)
        if (BILLING | {"partner_ids"}) & changed:
            self._bill_by_method()

    def _follow_guests(self, before):
        """Another client, where the client was one of the guests and is no more."""
        gone = self.filtered(
            lambda booking: (
                not booking.is_billing_locked
                and booking.client_id in before[booking]["guests"] - booking.partner_ids
            )
        )
        gone.client_id = False
        self.env.add_to_compute(self._fields["client_id"], gone)

    def _follow_client(self, before):
        """Another client brings another payer."""
        for booking in self:
            if (
                booking.client_id != before[booking]["client"]
                and not booking.is_billing_locked
            ):
                booking.payer_id = booking._get_default_payer()

    def _follow_pricelist(self, before):
        """Another service or payer brings another price."""
        for booking in self:
            known = before[booking]
            if (
                booking.service_id
                and booking.invoice_ids
                and not booking.is_billing_locked
                and (known["service"], known["payer"])
                != (booking.service_id, booking.payer_id)
            ):
                booking.price = booking._get_list_price()

    def _follow_in_drafts(self, changed, before):
        """Change the drafts and their scheduled messages as the bookings changed."""
        open_drafts = self.filtered(
            lambda booking: (
                booking.invoice_id.state == "draft"
                and not booking.invoice_id._is_amount_locked()
            )
        )
        for booking in open_drafts:
            known = before[booking]
            booking.invoice_id._follow_booking(
                booking,
                payer=booking.payer_id,
                old_label=known["label"],
                price_changed=booking.price != known["price"],
            )
        if TIMES & changed:
            open_drafts.invoice_id.payment_message_ids._follow_appointments()

    def _bill_by_method(self):
        """Make the drafts that the invoicing methods ask for, and schedule messages.

        In batch; a booking that cannot be invoiced stays *to invoice*, and an
        appointment is never refused for it.
        """
        if self.env.context.get("konfidens_payments_no_billing"):
            return
        # sudo: the company's setting bills them, whoever plans the appointment
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
        if (
            self.invoice_id
            or not self.active
            or not self.client_id
            or not self.payer_id
        ):
            return False
        method = self.invoicing_method
        return (
            bool(self.service_id)
            and self.currency_id.compare_amounts(self.price, 0) > 0
            and (
                method == "automatic"
                or (method == "manual" and self.company_id.payments_create_draft)
            )
        )

    def _schedule_by_timing(self):
        """Schedule the payment messages of these bookings by the company's timing."""
        self.invoice_id.filtered(
            lambda move: move.state == "draft" and not move.payment_message_state
        )._schedule_payment_message(False)

    def _get_payment_message_date(self):
        """Return when the message goes by the company's timing (UTC, naive)."""
        self.ensure_one()
        return self.company_id._get_payment_message_date(self.start, self.stop)

    def _change_method(self, before):
        """Do what another invoicing method means for drafts and messages."""
        changed = self.filtered(
            lambda booking: booking.invoicing_method != before[booking]["method"]
        )
        changed.filtered("externally_billed")._bill_externally()
        automatic = changed.filtered(
            lambda booking: booking.invoicing_method == "automatic"
        )
        automatic.filtered("invoice_id")._schedule_by_timing()
        manual = changed.filtered(lambda booking: booking.invoicing_method == "manual")
        manual.invoice_id.payment_message_ids._cancel_scheduled()

    def _note_billing_failure(self, error):
        self._message_log(
            body=self.env._("The invoice could not be made: %(reason)s", reason=error)
        )
