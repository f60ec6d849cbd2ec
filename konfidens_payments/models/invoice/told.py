from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import is_quiet, quietly
from ..booking.calendar_event import GROUPS
from ..booking.status import CREDITED_STATUSES

# Which invoices are watched already; that some are being made, which are looked at once
# they are whole; and that they are made anew, as those were that they replace.
WATCHED = "konfidens_payments_watched"
MAKING = "making"
ANEW = "anew"


class AccountMove(models.Model):
    """What a change of a draft may do, seen on what results.

    Once the payer was told, nothing that changes who pays what. Until then, whoever
    changes payer, service or price on the draft lets the draft lead: its bookings show
    what it says.
    """

    _inherit = "account.move"

    draft_leads = fields.Boolean(
        copy=False,
        readonly=True,
        groups=GROUPS,
        help="Payer, service or price were changed here, so that the appointment "
        "follows this draft.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `account`: what a person makes of bookings stays as it was made.

        :raises UserError: as in `_check_currency_of_shares`
        """
        watched = self.env.cr.cache.setdefault(WATCHED, set())
        if is_quiet(self) or MAKING in watched:
            return super().create(vals_list)
        with self._marked(MAKING):
            moves = super().create(vals_list)
        if ANEW not in watched:
            moves.sudo()._take_up()  # sudo: as in _watched
        return moves

    @contextmanager
    def _marked(self, mark):
        """Note what is going on in the transaction, where no caller can forge it.

        :param mark: `MAKING` or `ANEW`
        """
        watched = self.env.cr.cache.setdefault(WATCHED, set())
        watched.add(mark)
        try:
            yield
        finally:
            watched.discard(mark)

    @contextmanager
    def _watched(self):
        """Look at these invoices before and after a change, whichever it is.

        Our own changes of drafts follow what was looked at already.

        :raises UserError: a payer was told something else
        """
        watched = self.env.cr.cache.setdefault(WATCHED, set())
        if is_quiet(self) or MAKING in watched:
            yield
            return
        # of changes within changes only the outermost counts
        # sudo: what bills a booking stays in step with it, whoever changes it
        others = self.sudo().filtered(
            lambda move: move.id not in watched and move.state != "cancel"
        )
        moves = others.filtered("booking_ids")
        told = moves.filtered(lambda move: move._is_amount_locked())
        fixed = {move: move._get_told_values() for move in told}
        drafts = (moves - told).filtered(lambda move: move.state == "draft")
        before = {move: move._get_billed_values() for move in drafts}
        free = drafts.filtered(lambda move: move._is_free())
        watched.update(others.ids)
        try:
            yield
        finally:
            watched.difference_update(others.ids)
        for move in told:
            if move.state != "cancel" and move._get_told_values() != fixed[move]:
                raise UserError(move._get_told_message())
        drafts = drafts.exists()
        for move in drafts:
            if move.state == "draft" and not move.booking_ids:
                raise UserError(
                    self.env._(
                        "This line bills the appointment. Change its text, price or "
                        "discount; or cancel the draft."
                    )
                )
        drafts.filtered(
            lambda move: (
                move.move_type == "out_invoice"
                and move._get_billed_values() != before[move]
            )
        )._lead()
        drafts._check_currency_of_shares()
        drafts._follow_freedom(free)
        (others - moves)._take_up()

    def _lead(self):
        """Let these drafts lead, on which a person changed who pays what."""
        if self:
            self.draft_leads = True
            self._show_on_bookings()

    def _take_up(self):
        """Let drafts that a person began to make of bookings be as ours are.

        Where one says otherwise than its bookings, it leads.
        """
        drafts = self.filtered(
            lambda move: (
                move.move_type == "out_invoice"
                and move.state == "draft"
                and move.booking_ids
                and not move.externally_billed
            )
        )
        if drafts:
            drafts._check_currency_of_shares()
            drafts.booking_ids._bill_here()
            drafts.filtered(lambda move: move._bills_otherwise())._lead()

    def _check_currency_of_shares(self):
        """:raises UserError: a payer's part is billed in another currency."""
        for move in self:
            shared = move.booking_ids.filtered(lambda booking: booking._is_shared())
            if shared and move.currency_id != shared.currency_id:
                raise UserError(
                    self.env._(
                        "%(payer)s pays a part of a price in %(currency)s, so the "
                        "invoice stays in that currency.",
                        payer=move.partner_id.display_name,
                        currency=shared.currency_id[:1].name,
                    )
                )

    def _get_told_values(self):
        """Return what is fixed once the payer was told of it."""
        self.ensure_one()
        return (
            self.partner_id,
            self.currency_id,
            self.move_type,
            self.booking_ids,
            self.currency_id.round(self.amount_total),
        )

    def _get_billed_values(self):
        """Return who pays for which service how much, to be compared."""
        self.ensure_one()
        return (
            self.partner_id,
            self.currency_id,
            {
                line.booking_id: (line.product_id, line.price_unit, line.quantity)
                for line in self.line_ids.filtered("booking_id")
            },
        )

    def _bills_otherwise(self):
        """Return whether this says otherwise than its bookings who pays what."""
        self.ensure_one()
        bookings = self.booking_ids
        empty = self.env["product.product"]  # says nothing of the service
        return (bookings.payer_id, bookings.currency_id) != (
            self.partner_id,
            self.currency_id,
        ) or any(
            line.product_id not in (empty, line.booking_id._get_billed_product())
            or self.currency_id.compare_amounts(
                line.price_unit * line.quantity,
                line._get_booked_price(),
            )
            for line in self.line_ids.filtered("booking_id")
        )

    def _show_on_bookings(self):
        """Let the bookings show what these drafts say, which lead."""
        for move in self:
            for line in move.line_ids.filtered("booking_id"):
                values = {
                    "payer_id": move.partner_id.id,
                    "agreed_currency_id": move.currency_id.id,
                }
                if line.product_id:
                    has_fee = line.booking_id.has_fee
                    name = "fee_product_id" if has_fee else "service_id"
                    values[name] = line.product_id.id
                # the price at last: another service brings its own
                values |= line._prepare_shown_price()
                quietly(line.booking_id).write(values)
            move._redirect_scheduled()

    def _is_amount_locked(self):
        """Return whether the payer knows the amount, so that it is fixed."""
        if not self:
            return False
        self.ensure_one()
        if self.state == "posted":
            return self._get_booking_status() not in CREDITED_STATUSES
        return self.state == "draft" and self.payment_message_state in (
            "sent",
            "delivered",
        )

    def _get_told_message(self):
        return self.env._(
            "The client has been told to pay %(invoice)s, so its payer and lines are "
            "fixed. Complete it and credit it to change them, or bill the appointment "
            "externally.",
            invoice=self.display_name,
        )

    def _is_as_told(self):
        """Return whether its payer was told what it is today, or nothing at all."""
        self.ensure_one()
        lines = self.payment_message_line_ids
        left = lines.filtered(
            lambda line: line.message_id.state in ("sent", "delivered")
        )
        asked = (
            self.payment_message_state in ("sent", "delivered") and lines._get_latest(),
            left._get_latest("reminder"),
        )
        return all(line._has_told_amount() for line in asked if line)

    def _get_other_than_told(self):
        return self.env._(
            "The invoice is not what the client was told to pay: it was changed after "
            "its payment message left. Bill the appointment externally, or cancel the "
            "invoice and create a new one."
        )

    def unlink(self):
        """Override of `account`: what goes as a whole is no change of its lines.

        Of what the payer was told, it is: Odoo deletes the lines first.
        """
        watched = self.env.cr.cache.setdefault(WATCHED, set())
        # sudo: whether the payer was told, and no more
        untold = self.sudo().filtered(lambda move: not move._is_amount_locked())
        mine = set(untold.ids) - watched
        watched |= mine
        try:
            return super().unlink()
        finally:
            watched -= mine

    @api.ondelete(at_uninstall=False)
    def _unlink_except_told(self):
        # sudo: whether the payer was told, and no more
        for move in self.sudo().filtered("booking_ids"):
            if move._is_amount_locked():
                raise UserError(move._get_told_message())


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _prepare_shown_price(self):
        """Return the price that the booking shows of this line: values of it.

        What its taxes alone have made of the booking's own price changes nothing. What
        a person typed shows with the taxes that the service's price includes.
        """
        self.ensure_one()
        currency, booking = self.currency_id, self.booking_id
        service = self.product_id or booking._get_billed_product()
        price = currency.round(self.price_unit * self.quantity)
        if price == currency.round(self._get_booked_price(service)):
            return {"price": booking.price}
        mapped = self._get_mapped_taxes(service)
        if mapped:
            own = self.tax_ids.filtered("price_include")
            price = own._adapt_price_unit_to_another_taxes(price, service, own, mapped)
        return {"price": currency.round(price)}
