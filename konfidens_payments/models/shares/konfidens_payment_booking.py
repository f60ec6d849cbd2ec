from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_round, format_amount

# Of the percents that people type.
DIGITS = 2
NOTHING_TO_PAY = ("external", "free", "cancelled")


class KonfidensPaymentBooking(models.Model):
    """A booking that several pay: parents who live apart, an employer who pays 80 %.

    Each of them has a booking of the same appointment and client, at the price of the
    share. So each has an own draft, message, link and status by what all bookings have,
    and none of them leads to another.
    """

    _inherit = "konfidens.payment.booking"

    share = fields.Float(
        "Share (%)",
        digits=(5, DIGITS),
        default=100.0,
        readonly=True,
        copy=False,
        help="Which part of the price this payer pays, in percent.",
    )
    share_number = fields.Integer(
        default=1,
        required=True,
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="Which of the payers this is, the first or a further one.",
    )
    whole_price = fields.Monetary(
        compute="_compute_whole_price",
        compute_sudo=True,
        help="What all payers together pay for the appointment.",
    )

    _share_is_percent = models.Constraint(
        "CHECK (share BETWEEN 0 AND 100)", "A share is between 0 and 100 %."
    )

    # === COMPUTE METHODS === #

    @api.depends("price", "share")
    def _compute_whole_price(self):
        others = self._origin._with_shares().grouped(_get_key)
        for booking in self:
            if booking._is_shared():
                theirs = others.get(_get_key(booking._origin), booking)
                booking.whole_price = sum(theirs.mapped("price"))
            else:
                booking.whole_price = booking.price

    @api.depends("payer_id", "share")
    def _compute_payment_next_step(self):
        """Extended: first what this payer pays, and how far the others are."""
        result = super()._compute_payment_next_step()
        shared = self._origin._with_shares().grouped(_get_key)
        for booking in self.filtered(lambda one: one._is_shared()):
            note = booking._describe_share(shared[_get_key(booking._origin)])
            sentences = note, booking.payment_next_step
            booking.payment_next_step = " ".join(filter(None, sentences))
        return result

    # === THE OTHER PAYERS === #

    def _is_shared(self):
        """Return whether others pay a part of what this booking, or none, bills."""
        return 0 < self.share < 100

    def _are_of_one(self):
        """Return whether these are shares of one booking."""
        return len(self.client_id) == 1 and all(one._is_shared() for one in self)

    def _with_shares(self, gone=False):
        """Return these bookings, and those of who shares them, the first payer first.

        :param gone: also those of who was a payer before and is none any more
        """
        shared = self if gone else self.filtered(lambda one: one._is_shared())
        shared = shared.filtered("client_id")
        if not shared:
            return self
        keys = set(map(_get_key, shared))
        found = self.with_context(active_test=False).search(
            [
                ("event_id", "in", shared.event_id.ids),
                ("client_id", "in", shared.client_id.ids),
                *([] if gone else [("share", ">", 0), ("share", "<", 100)]),
            ],
            order="share_number",
        )
        theirs = found.filtered(lambda one: _get_key(one) in keys)
        return theirs.with_env(self.env) | self

    def _filter_first_client(self):
        """Return those of these bookings that are of the first one's client."""
        return self.filtered(lambda one: one.client_id == self[0].client_id)

    def _get_whole_full_price(self):
        """Return what the appointment itself costs, of all payers together."""
        shares = self._origin._with_shares() if self._is_shared() else self
        return sum(one._get_full_price() for one in shares)

    def _get_part(self, amount):
        """Return what of an amount this payer has, in the booking's currency."""
        self.ensure_one()
        if not self._is_shared():
            return amount
        shares = self._origin._with_shares()
        parts = split(amount, shares.mapped("share"), self.currency_id)
        return dict(zip(shares, parts, strict=True))[self._origin]

    def _check_shares(self):
        """Check that the payers of what is billed pay all of it together.

        :raises UserError: they do not
        """
        for theirs in self._with_shares().grouped(_get_key).values():
            check_percents(self.env, theirs.mapped("share"))

    # === WORDS === #

    def _describe_share(self, shares):
        """Return what this payer pays, and how far the others are.

        :param shares: the bookings of all payers
        """
        if not shares._are_as_agreed():
            return shares._count_paid()
        return self.env._(
            "%(payer)s pays %(percent)s %% of %(price)s. %(paid)s",
            payer=self.payer_id.display_name,
            percent=f"{self.share:g}",
            price=format_amount(self.env, self.whole_price, self.currency_id),
            paid=shares._count_paid(),
        )

    def _are_as_agreed(self):
        """Return whether these payers pay their parts, as nobody changed on a draft."""
        currency = self[0].currency_id
        prices = self.mapped("price")
        parts = split(sum(prices), self.mapped("share"), currency)
        return not any(map(currency.compare_amounts, prices, parts))

    def _count_paid(self):
        """Return how many of those of these are paid that are to be paid here."""
        here = self.filtered(
            lambda one: one.payment_status not in (False, *NOTHING_TO_PAY)
        )
        return self.env._(
            "%(paid)s of %(count)s paid.",
            paid=sum(one.payment_status == "paid" for one in here),
            count=len(here),
        )

    def _get_payers_and_clients(self):
        """Return who of an appointment's guests needs no bill of the own any more."""
        shared = self.filtered(lambda one: one._is_shared())
        return self.client_id | shared.payer_id


def split(amount, percents, currency):
    """Return the parts of an amount, which add up to it.

    The odd cents go to the first.

    :param amount: in the currency (`res.currency`)
    :param percents: of each part, together 100
    """
    rounding = currency.rounding
    parts = [
        float_round(
            amount * percent / 100, precision_rounding=rounding, rounding_method="DOWN"
        )
        for percent in percents[1:]
    ]
    return [currency.round(amount - sum(parts)), *parts]


def check_percents(env, percents):
    """:raises UserError: unless these are parts of a hundred that add up to it."""
    total = round(sum(percents), DIGITS)
    if total != 100:
        raise UserError(
            env._(
                "The payers pay %(total)s %% together. It must be 100 %%: correct the "
                "shares with Split Between Payers.",
                total=f"{total:g}",
            )
        )
    if any(round(percent, DIGITS) <= 0 for percent in percents):
        raise UserError(
            env._("Each payer pays a part above 0 %. Take off who pays nothing.")
        )


def _get_key(booking):
    """Return what those have in common who share a booking."""
    return booking.event_id.id, booking.client_id.id
