from odoo import fields, models

from ...tools import quietly
from .konfidens_payment_booking import WITH_FEE


class KonfidensPaymentBooking(models.Model):
    """The fee of who did not come: billed instead of the service, at the rule's price.

    While it is billed, it is the booking's price, so that all that follows the price
    follows the fee; what the appointment itself costs is kept beside it.
    """

    _inherit = "konfidens.payment.booking"

    has_fee = fields.Boolean(
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="A fee is billed, or waived, instead of the appointment.",
    )
    full_price = fields.Monetary(
        readonly=True,
        copy=False,
        help="What the appointment costs, where a fee is billed instead.",
    )
    full_discount = fields.Float(
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="The discount of its invoice line, in percent, before a fee was billed.",
    )
    fee_product_id = fields.Many2one(
        "product.product",
        "Billed As",
        readonly=True,
        copy=False,
        help="What the invoice bills instead of the service, with taxes of its own.",
    )
    no_fee_reason = fields.Char("No Fee Because", readonly=True, copy=False)

    def _get_full_price(self):
        """Return what the appointment itself costs, in the booking's currency."""
        self.ensure_one()
        return self.full_price if self.has_fee else self.price

    def _get_billed_product(self):
        """Return the `product.product` that the invoice bills."""
        self.ensure_one()
        return self.fee_product_id or self.service_id

    def _get_charge(self):
        """Return what is charged, to be compared."""
        self.ensure_one()
        return self._get_billed_product(), self.currency_id.round(self.price)

    def _get_fee_rule(self, attendance):
        """Return the practice's rule for this booking, or the service's own.

        :param attendance: one of WITH_FEE
        :return: percent of the appointment's price, or None for the product's price;
            and the product that is billed, which may be none
        """
        self.ensure_one()
        company, service = self.company_id, self.service_id
        name = "no_show" if attendance == "no_show" else "late"
        product = company[f"payments_{name}_product_id"]
        if service.payments_own_fees:
            return service[f"payments_{name}_percent"], product
        percent = company[f"payments_{name}_percent"]
        return (None if product and not percent else percent), product

    def _get_fee(self, attendance):
        """Return the fee by the rule, in the booking's currency.

        Of what several payers share each has its part of the fee.

        :param attendance: one of WITH_FEE
        """
        percent, product = self._get_fee_rule(attendance)
        if percent is None:
            return self._get_part(self._get_list_price(product))
        fee = self._get_whole_full_price() * percent / 100
        return self._get_part(self.currency_id.round(fee))

    def _split_fee(self, fee):
        """Return what each of these, of one client, has of a fee: dict from the id."""
        return {one.id: one._get_part(fee) for one in self}

    def _prepare_fee_values(self, attendance, fee=None):
        """Return the values of a booking that is marked so.

        What is billed elsewhere is only marked: its fee follows once it is billed.

        :param fee: the amount that a person confirmed; default: by the rule
        """
        self.ensure_one()
        full = self._get_full_price()
        if attendance not in WITH_FEE or not self._is_billed_here():
            return {
                "has_fee": False,
                "price": full,
                "full_price": 0.0,
                "fee_product_id": False,
            }
        _percent, product = self._get_fee_rule(attendance)
        return {
            "has_fee": True,
            "price": self._get_fee(attendance) if fee is None else fee,
            "full_price": full,
            "fee_product_id": product.id,
        }

    def _take_fees(self):
        """Give those the fee by the rule that were marked while billed elsewhere."""
        for booking in self:
            if booking.attendance in WITH_FEE and not booking.has_fee:
                quietly(booking).write(booking._prepare_fee_values(booking.attendance))

    def _follow_pricelist_with_fee(self, known):
        """Bring the fee in step with another payer: it stays the same part.

        :param known: what `_get_before_change` returned of this booking
        """
        self.ensure_one()
        part = self.price / self.full_price if self.full_price else 0.0
        old = known["currency"]
        if self.service_id and not old.compare_amounts(
            self.full_price, known["list_price"]
        ):
            full = self._get_list_price()
        else:
            full = old._convert(self.full_price, self.currency_id, self.company_id)
        self.full_price = full
        self.price = self.currency_id.round(full * part)

    def _prepare_discount_values(self, line):
        """Return the discount of a line that bills this booking: values of it.

        A fee is billed as it was confirmed. The appointment has its discount again.

        :param line: `account.move.line`
        """
        self.ensure_one()
        if self.has_fee and line.discount:
            quietly(self).full_discount = line.discount
            return {"discount": 0.0}
        if not self.has_fee and self.full_discount:
            discount = self.full_discount
            quietly(self).full_discount = 0.0
            return {"discount": discount}
        return {}

    def _follow_in_labels(self):
        """Let told drafts, whose amount is fixed, say what their amount is for."""
        for booking in self:
            move = booking.invoice_id
            if move.state == "draft":
                line = move.line_ids.filtered(
                    lambda line, booking=booking: line.booking_id == booking
                )
                if line - line._find_marked_otherwise():
                    quietly(line).name = booking._get_invoice_label()

    # === ITS WORDS === #

    def _get_fee_label(self):
        """Return what an invoice says of the fee, in the language of the context."""
        self.ensure_one()
        date = self._get_public_date()
        if self.attendance == "no_show":
            return self.env._("Missed appointment %(date)s", date=date)
        return self.env._("Appointment cancelled late, %(date)s", date=date)

    def _describe_late_deletion(self):
        """Return how a fee is billed of those that are deleted this late, or False."""
        late = self.filtered(
            lambda one: (
                one.attendance == "planned"
                and one._is_billed_here()
                and one.start > fields.Datetime.now()
                and one._is_called_off_late()
                and one._get_fee("late_cancelled")
            )
        )
        return bool(late) and self.env._(
            "It is less than %(hours)s hours before: to bill a fee, press Cancelled on "
            "the appointment instead.",
            hours=late[0].company_id.payments_late_hours,
        )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _bills_fee(self):
        """Return whether this line bills a fee, and not an appointment."""
        self.ensure_one()
        return self.booking_id.has_fee and not self._find_marked_otherwise()

    def _get_told_date(self):
        """Return when its appointment is, and that the payer pays for no visit."""
        self.ensure_one()
        booking = self.booking_id
        date = booking._get_public_date()
        if not self._bills_fee():
            return date
        if booking.attendance == "no_show":
            return self.env._("%(date)s (missed)", date=date)
        return self.env._("%(date)s (cancelled late)", date=date)
