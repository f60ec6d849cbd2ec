from odoo import models
from odoo.exceptions import UserError

from ...tools import lock_or_explain, loudly, quietly
from .konfidens_payment_booking import _get_key, check_percents, split

# What those who share a booking have in common.
COMMON = {"client_id", "company_id", "price", "service_id"}


class KonfidensPaymentBooking(models.Model):
    """Splitting a booking between payers, and bringing it back to one."""

    _inherit = "konfidens.payment.booking"

    # === ACTION METHODS === #

    def action_split_between_payers(self):
        """Open the dialog that asks who pays how much of these bookings.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: they are of several clients, or cannot be split any more
        """
        self._check_can_bill()
        return self.env["konfidens.payment.share.wizard"]._open_for(self)

    # === CHECKS === #

    def _check_can_change(self, vals):
        """Extended: of what is shared, client, service and price are changed for all.

        :raises UserError: also for who changes them for one of the payers
        """
        for name in COMMON.intersection(vals):
            field = self._fields[name]
            for booking in self.filtered(lambda one: one._is_shared()):
                old = field.convert_to_cache(booking[name], booking)
                if field.convert_to_cache(vals[name], booking) != old:
                    raise UserError(
                        self.env._(
                            "%(booking)s is split between payers. Press Split Between "
                            "Payers to change its price, or to leave it to one payer "
                            "first.",
                            booking=booking.display_name,
                        )
                    )
        return super()._check_can_change(vals)

    def _check_can_be_split(self):
        """:raises UserError: with what keeps one of these from being split anew."""
        for booking in self.filtered("share"):
            if booking.is_told:
                raise UserError(
                    self.env._(
                        "%(payer)s has been told what to pay, so the shares are fixed. "
                        "Credit that invoice, or bill the appointment externally, to "
                        "share it otherwise.",
                        payer=booking.payer_id.display_name,
                    )
                )
            if booking.draft_leads:
                raise UserError(
                    self.env._(
                        "Payer, service or price were changed on the draft invoice "
                        "for %(payer)s. Press Follow the Appointment on that draft "
                        "first.",
                        payer=booking.payer_id.display_name,
                    )
                )
            if booking.has_fee:
                raise UserError(
                    self.env._(
                        "A fee is billed instead of the service, since the client did "
                        "not come. Press Planned Again first."
                    )
                )
            if booking._is_called_off():
                raise UserError(
                    self.env._(
                        "%(booking)s is cancelled, so there is nothing to share.",
                        booking=booking.display_name,
                    )
                )
            if not booking.client_id or not booking.service_id or not booking.price:
                raise UserError(
                    self.env._(
                        "%(booking)s has no client, service or price yet. Set them "
                        "first.",
                        booking=booking.display_name,
                    )
                )

    # === SPLITTING === #

    def _split_between(self, payers, whole=None):
        """Let these payers pay the appointments, in these parts, with all rights.

        The bookings that are there go to the payers in their order; who pays no more
        has none. New ones are billed as the first is, or as their payer wants it.

        :param payers: list of pairs of a payer (`res.partner`) and its percent
        :param whole: what each appointment costs of all of them together, in the
            booking's currency; default: what it costs now
        :raises UserError: the parts are no whole, or a booking cannot be split anew
        """
        check_percents(self.env, [percent for _payer, percent in payers])
        if len({payer for payer, _percent in payers}) < len(payers):
            raise UserError(self.env._("Each payer stands there once."))
        bookings = self._with_shares(gone=True)
        lock_or_explain(bookings)
        before = bookings._get_before_change()
        bookings._check_can_be_split()
        gone, vals_list = self.browse(), []
        for theirs in bookings.grouped(_get_key).values():
            vals_list += theirs._give_shares(payers, whole)
            gone |= theirs[len(payers) :].filtered("share")
        gone._take_shares_away()
        quiet = quietly(bookings.exists().filtered("share"))
        quiet._follow_in_drafts(before)
        made = quietly(self).create(vals_list)
        new = made | quiet.filtered(lambda one: not before[one]["share"])
        loudly(new)._bill_as_first()

    def _give_shares(self, payers, whole):
        """Give these bookings of one client and appointment to the payers, in order.

        :return: the values of the bookings that are still to be made
        """
        quiet = quietly(self)
        first = quiet[0]
        currency = first.currency_id
        whole = whole or sum(quiet.filtered("share").mapped("price"))
        parts = split(whole, [percent for _payer, percent in payers], currency)
        vals_list = []
        for number, (payer, percent) in enumerate(payers, 1):
            values = {
                "active": True,
                "payer_id": payer.id,
                "price": parts[number - 1],
                "share": percent,
            }
            if number <= len(quiet):
                quiet[number - 1].write(values)
            else:
                vals_list.append({**first._prepare_share(payer, number), **values})
        if first.currency_id != currency:  # of the one payer who is left
            first.price = currency._convert(
                first.price, first.currency_id, first.company_id
            )
        return vals_list

    def _prepare_share(self, payer, number):
        """Return what a further payer's booking has of this one.

        :param payer: `res.partner`, who may have an invoicing method of its own
        """
        own = payer.with_company(self.company_id).invoicing_method
        external = self.invoicing_method == "external"
        return {
            "event_id": self.event_id.id,
            "client_id": self.client_id.id,
            "company_id": self.company_id.id,
            "user_id": self.user_id.id,
            "service_id": self.service_id.id,
            "currency_id": self.currency_id.id,
            "invoicing_method": (not external and own) or self.invoicing_method,
            "attendance": self.attendance,
            "attendance_by_id": self.attendance_by_id.id,
            "attendance_on": self.attendance_on,
            "declined_on": self.declined_on,
            "share_number": number,
        }

    def _take_shares_away(self):
        """Let payers go who pay nothing any more; what they had is kept where it is."""
        self._cancel()
        kept = self.filtered(lambda one: one._is_kept())
        quietly(kept).share = 0.0
        (self - kept).unlink()

    def _bill_as_first(self):
        """Bill these further payers: at once where the first has a draft already."""
        self._bill_by_method()
        firsts = {
            _get_key(one): one for one in self._with_shares() if one.share_number == 1
        }
        missing = self._without_invoice().filtered(
            lambda one: (
                not one.externally_billed
                and firsts[_get_key(one)].invoice_id.state == "draft"
            )
        )
        if missing:
            missing._create_draft_invoices()
