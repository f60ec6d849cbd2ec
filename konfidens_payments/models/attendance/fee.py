from odoo import fields, models

from ...tools import quietly
from .konfidens_payment_booking import WITH_FEE


class KonfidensPaymentBooking(models.Model):
    """The fee of who did not come: billed instead of the service, at the rule's price.

    While it is billed, it is the booking's price, so that all that follows the price
    follows the fee; what the appointment itself costs is kept beside it.
    """

    _inherit = "konfidens.payment.booking"

    full_price = fields.Monetary(
        readonly=True,
        copy=False,
        help="What the appointment costs, where a fee is billed instead.",
    )
    fee_product_id = fields.Many2one(
        "product.product",
        "Billed As",
        readonly=True,
        copy=False,
        help="What the invoice bills instead of the service, with taxes of its own.",
    )
    no_fee_reason = fields.Char("No Fee Because", readonly=True, copy=False)

    def _has_fee(self):
        """Return whether a fee is billed, or waived, instead of the appointment."""
        self.ensure_one()
        return self.attendance in WITH_FEE

    def _get_full_price(self):
        """Return what the appointment itself costs, in the booking's currency."""
        self.ensure_one()
        return self.full_price if self._has_fee() else self.price

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
        product = company[f"payments_{name}_product_id"].filtered("active")
        if service.payments_own_fees:
            return service[f"payments_{name}_percent"], product
        percent = company[f"payments_{name}_percent"]
        return (None if product and not percent else percent), product

    def _prepare_fee_values(self, attendance, fee=None):
        """Return the values of a booking that is marked so.

        :param fee: the amount that a person confirmed; default: by the rule
        """
        self.ensure_one()
        full = self._get_full_price()
        if attendance not in WITH_FEE:
            return {"price": full, "full_price": 0.0, "fee_product_id": False}
        percent, product = self._get_fee_rule(attendance)
        if fee is None and percent is None:
            fee = self._get_list_price(product)
        elif fee is None:
            fee = self.currency_id.round(full * percent / 100)
        return {"price": fee, "full_price": full, "fee_product_id": product.id}

    def _follow_in_labels(self):
        """Let told drafts, whose amount is fixed, say what their amount is for."""
        for booking in self:
            move = booking.invoice_id
            if move.state == "draft":
                quietly(move)._follow_booking(
                    booking, label_changed=True, price_changed=False
                )

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
                and one._prepare_fee_values("late_cancelled")["price"]
            )
        )
        return bool(late) and self.env._(
            "It is less than %(hours)s hours before: to bill a fee, press Cancelled on "
            "the appointment instead.",
            hours=late[0].company_id.payments_late_hours,
        )

    def _get_told_date(self):
        """Return when the appointment is, and that the payer pays for no visit."""
        self.ensure_one()
        date = self._get_public_date()
        match self.attendance:
            case "no_show":
                return self.env._("%(date)s (missed)", date=date)
            case "late_cancelled":
                return self.env._("%(date)s (cancelled late)", date=date)
        return date
