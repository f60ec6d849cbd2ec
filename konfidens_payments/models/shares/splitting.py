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
        return self and self.env["konfidens.payment.share.wizard"]._open_for(self)

    # === CHECKS === #

    def _check_can_change(self, vals):
        """Extended: of what is shared, client, service and price are changed for all.

        :raises UserError: also for who changes them for one of the payers, makes
            somebody pay twice, or changes who pays once another was told
        """
        for name in (COMMON | {"payer_id"}).intersection(vals):
            field = self._fields[name]
            for booking in self.filtered(lambda one: one._is_shared()):
                old = field.convert_to_cache(booking[name], booking)
                if field.convert_to_cache(vals[name], booking) != old:
                    booking._check_can_change_share(name, vals[name])
        return super()._check_can_change(vals)

    def _check_can_change_share(self, name, value):
        if name in COMMON:
            raise UserError(
                self.env._(
                    "%(booking)s is split between payers. Press Split Between Payers "
                    "to change its price, or to leave it to one payer first.",
                    booking=self.display_name,
                )
            )
        others = self._with_shares() - self
        if value in others.payer_id.ids:
            raise UserError(
                self.env._(
                    "%(payer)s pays a part of it already. Press Split Between Payers "
                    "to change who pays how much.",
                    payer=self.env["res.partner"].browse(value).display_name,
                )
            )
        if told := others.filtered("is_told"):
            raise UserError(told[0]._get_split_problem())

    def _check_can_be_split(self):
        """:raises UserError: with what keeps one of these from being split anew."""
        for booking in self:
            if problem := booking._get_split_problem():
                raise UserError(problem)

    def _get_split_problem(self):
        """Return why this booking cannot be split, or otherwise, and what to do."""
        self.ensure_one()
        if self.is_told:
            return self.env._(
                "%(payer)s has been told what to pay, so the shares are fixed. Credit "
                "that invoice, or bill the appointment externally, to share it "
                "otherwise.",
                payer=self.payer_id.display_name,
            )
        if not self.share and self._with_shares(gone=True).filtered("share"):
            return False  # of who pays no more nothing else matters
        if self.draft_leads:
            return self.env._(
                "Payer, service or price were changed on the draft invoice for "
                "%(payer)s. Press Follow the Appointment on that draft first.",
                payer=self.payer_id.display_name,
            )
        if self.has_fee:
            return self.env._(
                "A fee is billed instead of the service, since the client did not "
                "come. Press Planned Again first."
            )
        if self._is_called_off():
            return self.env._(
                "%(booking)s is cancelled, so there is nothing to share.",
                booking=self.display_name,
            )
        if not self.client_id or not self.service_id or not self.price:
            return self.env._(
                "%(booking)s has no client, service or price yet. Set them first.",
                booking=self.display_name,
            )
        return False

    # === SPLITTING === #

    def _split_between(self, payers, whole=None, currency=None):
        """Let these payers pay the appointments, in these parts, with all rights.

        Who pays already keeps the booking; who pays no more has none. What is new is
        billed as the others are, by who may.

        :param payers: list of pairs of a payer (`res.partner`) and its percent; the
            odd cents go to the first
        :param whole: what each appointment costs of all of them together; default:
            what it costs now
        :param currency: of that price (`res.currency`); default: the booking's
        :raises UserError: the parts are no whole, or a booking cannot be split anew
        """
        check_percents(self.env, [percent for _payer, percent in payers])
        if len({payer for payer, _percent in payers}) < len(payers):
            raise UserError(self.env._("Each payer stands there once."))
        bookings = quietly(self._with_shares(gone=True))
        lock_or_explain(bookings)
        before = bookings._get_before_change()
        bookings._check_can_be_split()
        drafts = bookings.filtered(lambda one: one.invoice_id.state == "draft")
        discounts = {_get_key(one): one._get_discount() for one in drafts}
        vals_list = []
        for theirs in bookings.grouped(_get_key).values():
            vals_list += theirs._give_shares(payers, whole, currency)
        bookings.filtered(lambda one: before[one]["share"] > one.share == 0)._let_go()
        bookings = bookings.exists().filtered("share")
        bookings._follow_in_drafts(before)
        new = bookings.filtered(lambda one: not before[one]["share"])
        new |= bookings.create(vals_list)
        loudly(new)._bill_as_others(discounts)

    def _give_shares(self, payers, whole, currency):
        """Give these bookings of one client and appointment to the payers.

        Each keeps the own one, also of before. Another's goes to somebody new only
        where nothing was invoiced.

        :return: the values of the bookings that are still to be made
        """
        present = self.filtered("share")
        first = present[0]
        currency = currency or first.currency_id
        parts = split(
            whole or sum(present.mapped("price")),
            [percent for _payer, percent in payers],
            currency,
        )
        if any(currency.compare_amounts(part, 0) <= 0 for part in parts):
            raise UserError(
                self.env._("The part of one of the payers would be nothing to pay.")
            )
        own = {one.payer_id: one for one in (self - present) + present}
        staying = self.browse(own[payer].id for payer, _part in payers if payer in own)
        free = present.filtered(lambda one: not one.invoice_id) - staying
        vals_list, given = [], {}
        for number, ((payer, percent), part) in enumerate(
            zip(payers, parts, strict=True), 1
        ):
            values = {
                "active": True,
                "payer_id": payer.id,
                "price": part,
                "share": percent,
            }
            if len(payers) > 1:
                values["currency_id"] = currency.id
            booking = own.get(payer) or free[:1]
            if booking:
                free -= booking
                if booking.payer_id != payer:
                    values["invoicing_method"] = first._get_method_of(payer)
                given[booking] = number
                booking.write(values)
            else:
                vals_list.append(
                    {**first._prepare_share(payer), "share_number": number, **values}
                )
        for booking in self.browse(one.id for one in self if one not in given):
            booking.share = 0.0
            given[booking] = len(payers) + len(given) + 1
        self._number(given)
        left = next((one for one, number in given.items() if number == 1), first)
        if len(payers) == 1 and left.currency_id != currency:
            left.price = currency._convert(
                left.price, left.currency_id, left.company_id
            )
        return vals_list

    def _number(self, numbers):
        """Number these bookings anew, where no two may ever have the same.

        :param numbers: dict from the booking to its number
        """
        if all(one.share_number == number for one, number in numbers.items()):
            return
        for booking in self:
            booking.share_number = -booking.id
        self.flush_recordset(["share_number"])
        for booking, number in numbers.items():
            booking.share_number = number

    def _get_method_of(self, payer):
        """Return how another payer of this booking is billed: as it wants, if it does.

        :param payer: `res.partner`
        """
        own = payer.with_company(self.company_id).invoicing_method
        external = self.invoicing_method == "external"
        return (not external and own) or self.invoicing_method

    def _prepare_share(self, payer):
        """Return what a further payer's booking has of this one.

        :param payer: `res.partner`
        """
        return {
            "event_id": self.event_id.id,
            "client_id": self.client_id.id,
            "company_id": self.company_id.id,
            "user_id": self.user_id.id,
            "service_id": self.service_id.id,
            "invoicing_method": self._get_method_of(payer),
            "attendance": self.attendance,
            "attendance_by_id": self.attendance_by_id.id,
            "attendance_on": self.attendance_on,
            "declined_on": self.declined_on,
            # whose draft was cancelled by hand is billed by hand
            "was_drafted": self.was_drafted and not self.invoice_id,
        }

    def _let_go(self):
        """Let payers go who pay nothing any more; what they had is kept where it is."""
        self._cancel()
        (self - self.filtered(lambda one: one._is_kept())).unlink()

    def _bill_as_others(self, discounts):
        """Bill these further payers: at once where another has a draft already.

        :param discounts: dict from what they have in common to the discount of the
            line on that draft, in percent
        """
        self._bill_as_planned_by(self.env)
        own = self.with_env(self.env).sudo(False)._filtered_access("write")
        missing = self.browse(own.ids).filtered(
            lambda one: (
                _get_key(one) in discounts
                and not one.externally_billed
                and one._without_invoice()
            )
        )
        if missing:
            missing._create_draft_invoices()
        for booking in self:
            draft = booking.invoice_id.filtered(lambda move: move.state == "draft")
            for line in quietly(draft.line_ids):
                if line.booking_id == booking:
                    line.discount = discounts.get(_get_key(booking), 0.0)

    def _get_discount(self):
        """Return the discount of its line on the draft, in percent."""
        lines = self.invoice_id.line_ids
        return lines.filtered(lambda line: line.booking_id == self)[:1].discount

    def _is_kept(self):
        """Extended: with one of the shares the others are kept, so that it is whole."""
        return super()._is_kept() or any(
            super(KonfidensPaymentBooking, one)._is_kept()
            for one in self._with_shares() - self
        )
