from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError

from ...tools import lock_or_explain, quietly
from .status import CREDITED_STATUSES

# What the payer is told: fixed once the message has left or the invoice is complete.
TOLD = {"client_id", "payer_id", "service_id", "price"}
# What decides whether and how a booking is billed.
BILLING = TOLD | {"invoicing_method", "externally_billed"}


class KonfidensPaymentBooking(models.Model):
    """What changing, cancelling and handing over a booking does to its billing.

    Until the payer is told, the booking leads and its draft follows, unless somebody
    changed payer, service or price on the draft: then the draft leads.
    """

    _inherit = "konfidens.payment.booking"

    # === BEFORE === #

    def _get_before_change(self, vals=()):
        """Lock and check what is about to change, and return how it is now.

        :param vals: what is about to be written
        :return: dict from each booking to what it was
        :raises UserError: what the payer was told would change, the draft leads, or
            somebody else is sending or completing the invoice right now
        """
        self.invoice_id._lock_for_payment()
        self._check_can_change(vals)
        priced = {"client_id", "payer_id"}.intersection(vals)
        return {
            booking: {
                "client": booking.client_id,
                "currency": booking.currency_id,
                "charge": booking._get_charge(),
                "has_fee": booking.has_fee,
                "label_source": booking._get_label_source(),
                "list_price": bool(priced and booking.service_id)
                and booking._get_list_price(),
                "method": booking.invoicing_method,
                "payer": booking.payer_id,
                "price": booking.price,
                "service": booking.service_id,
                "share": booking.share,
            }
            for booking in self
        }

    def _check_can_change(self, vals):
        """:raises UserError: for bookings in which these values are fixed."""
        if any(not vals[name] for name in {"client_id", "payer_id"}.intersection(vals)):
            raise UserError(
                self.env._(
                    "A booking has a client and a payer. Choose another one, take the "
                    "client off the guests, or bill the appointment externally."
                )
            )
        no_method = "invoicing_method" in vals and not vals["invoicing_method"]
        if no_method and any(self.mapped("invoicing_method")):
            raise UserError(
                self.env._(
                    "Choose how it is billed: Automatic, Manual or Externally billed."
                )
            )
        if "service_id" in vals and any(self.mapped("has_fee")):
            raise UserError(
                self.env._(
                    "A fee is billed instead of the service, since the client did not "
                    "come. Press Planned Again first."
                )
            )
        no_service = "service_id" in vals and not vals["service_id"]
        if no_service and "draft" in self.invoice_id.mapped("state"):
            raise UserError(
                self.env._(
                    "It has a draft invoice, which needs a service. Choose another "
                    "one, or bill the appointment externally."
                )
            )
        for name in (TOLD | {"company_id"}).intersection(vals):
            field = self._fields[name]
            for booking in self.filtered("invoice_id"):
                old = field.convert_to_cache(booking[name], booking)
                if field.convert_to_cache(vals[name], booking) == old:
                    continue
                if booking.is_told:
                    raise UserError(booking._get_told_message())
                if name == "company_id" and booking.invoice_id.state != "cancel":
                    raise UserError(
                        self.env._(
                            "It has an invoice of %(company)s. Bill the appointment "
                            "externally first, then choose another company.",
                            company=booking.company_id.name,
                        )
                    )
                if booking.draft_leads and name != "client_id":
                    raise UserError(
                        self.env._(
                            "Payer, service or price were changed on the draft "
                            "invoice, so they are changed there: open it with View "
                            "Invoice. Follow the Appointment on the draft lets you "
                            "change them here again."
                        )
                    )

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

    # === AFTER === #

    def _follow_change(self, changed, before):
        """Bring the billing in step with what was just written.

        :param changed: names of the fields that were written
        :param before: what `_get_before_change` returned
        """
        # what follows here is written for good, without coming back to this place
        bookings = quietly(self)
        bookings._unmark_other_clients(before)
        if "payer_id" not in changed:
            bookings._follow_client(before)
        bookings.filtered(
            lambda booking: booking.payer_id != before[booking]["payer"]
        ).agreed_currency_id = False
        if "price" not in changed:
            bookings._follow_pricelist(before)
        bookings._change_method(before)
        bookings._follow_in_drafts(before)
        if BILLING & changed:
            self._bill_by_method()
        if "service_id" in changed:
            self._book_whole_group()

    def _follow_client(self, before):
        """Another client brings another payer."""
        for booking in self:
            if (
                booking.client_id != before[booking]["client"]
                and not booking.is_told
                and not booking.draft_leads
            ):
                booking.payer_id = booking._get_default_payer()

    def _follow_pricelist(self, before):
        """Another payer brings another price, unless it was typed by hand."""
        for booking in self:
            known = before[booking]
            if (
                booking.payer_id == known["payer"]
                or booking._is_shared()
                or booking.service_id != known["service"]
                or booking.is_told
            ):
                continue
            if booking.has_fee:
                booking._follow_pricelist_with_fee(known)
            elif booking.service_id and not known["currency"].compare_amounts(
                known["price"], known["list_price"]
            ):
                booking.price = booking._get_list_price()
            elif booking.currency_id != known["currency"]:
                booking.price = known["currency"]._convert(
                    known["price"], booking.currency_id, booking.company_id
                )

    def _follow_currency(self, known):
        """Convert what is billed, where the payer's currency is another one again.

        :param known: the `res.currency` in which it was billed
        """
        self.ensure_one()
        if self.currency_id == known:
            return
        quietly(self).write(
            {
                name: known._convert(self[name], self.currency_id, self.company_id)
                for name in ("price", "full_price")
            }
        )
        quietly(self.invoice_id)._follow_booking(
            self, label_changed=False, price_changed=True
        )

    def _let_clients_pay(self):
        """Let the clients pay themselves, as the payer is there no more."""
        for client, bookings in self.filtered("client_id").grouped("client_id").items():
            before = bookings._get_before_change({"payer_id": client.id})
            quietly(bookings).write(
                {"payer_id": client.id, "agreed_currency_id": False}
            )
            quietly(bookings)._follow_pricelist(before)

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

    # === EXTERNALLY === #

    def action_bill_externally(self):
        """Bring bookings back to externally billed; their drafts are cancelled.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: one of the invoices is completed: it must be credited first
        """
        self._check_can_bill()
        self.sudo()._bill_externally_locked()  # sudo: access was checked

    def _bill_externally_locked(self, whole=None):
        lock_or_explain(self)
        self.invoice_id._lock_for_payment()
        self._bill_externally(whole)

    def _bill_externally(self, whole=None):
        """Cancel drafts and messages of bookings that are billed in another system.

        :param whole: as in `_give_up_drafts`
        :raises UserError: one of the invoices is completed
        """
        posted = self.invoice_id.filtered(lambda move: move.state == "posted")
        if open_moves := posted.filtered(
            lambda move: (
                move._get_booking_status() not in (*CREDITED_STATUSES, "external")
            )
        ):
            raise UserError(
                self.env._(
                    "%(invoice)s is completed. Credit it first, then bill the "
                    "appointment externally.",
                    invoice=open_moves[0].display_name,
                )
            )
        self._give_up_drafts(whole).externally_billed = True
        quietly(self).write(
            {
                "invoicing_method": "external",
                "externally_billed_by_id": self.env.uid,
                "externally_billed_on": fields.Datetime.now(),
            }
        )

    # === CANCELLED === #

    def _cancel(self):
        """Cancel bookings whose appointment is cancelled, or whose client left."""
        self._call_off()
        quietly(self).active = False

    def _call_off(self):
        """Cancel drafts and scheduled messages of bookings that are called off.

        A posted invoice stays, and the responsible person is asked to credit it.
        """
        moves = self.invoice_id
        self._give_up_drafts()
        for move in moves.filtered(
            lambda move: (
                move.state == "posted"
                and move._get_booking_status() not in CREDITED_STATUSES
                and not move.externally_billed
            )
        ):
            move._ask_to_credit()

    def _restore(self, env):
        """Take up bookings again whose appointment was restored, or whose client came.

        :param env: of who did it
        """
        quietly(self).active = True
        self.invoice_id._stop_asking_to_credit()
        self._bill_as_planned_by(env)

    def _is_kept(self):
        """Return whether what this booking knows of must not be forgotten."""
        self.ensure_one()
        return bool(self.move_line_ids or self.external_reference)

    # === THE PRACTITIONER === #

    def _notify_practitioner(self, describe):
        """Tell each practitioner of these bookings something: one message.

        :param describe: called with the environment of who reads it; returns the words.
            Which appointments is said below them, by their times
        """
        for user, bookings in self.grouped("user_id").items():
            if not user.active:
                continue
            theirs = bookings.with_context(lang=user.lang)
            dates = [booking._get_public_date() for booking in theirs]
            # sudo: who plans the appointment need not be allowed to write messages
            self.env["mail.thread"].sudo().message_notify(
                partner_ids=user.partner_id.ids,
                subject=theirs.env._("Payments"),
                body=Markup("<p>%s</p><p>%s</p>")
                % (describe(theirs.env), Markup("<br/>").join(dates[:10])),
            )
