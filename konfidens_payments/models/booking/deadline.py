from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import later, start_of_day

# The Norwegian rules of bookkeeping (bokføringsforskriften § 5-2-2): as soon as
# possible, and at most a month after delivery.
TIME_TO_INVOICE = relativedelta(months=1)


class KonfidensPaymentBooking(models.Model):
    """Until when a booking must be invoiced."""

    _inherit = "konfidens.payment.booking"

    invoice_deadline = fields.Date(
        "Invoice By",
        compute="_compute_invoice_deadline",
        compute_sudo=True,
        search="_search_invoice_deadline",
        help="A month after the appointment: until then its invoice must be completed.",
    )

    @api.depends("start", "payment_status", "invoice_id.state")
    def _compute_invoice_deadline(self):
        waiting = self.filtered_domain(self._get_not_invoiced_domain())
        for booking in self:
            booking.invoice_deadline = booking in waiting and later(
                booking._get_local_day(), TIME_TO_INVOICE
            )

    def _search_invoice_deadline(self, operator, value):
        """Find by an inequality, to the day where the user is."""
        if operator not in ("<", "<=", ">", ">=") or not value:
            return NotImplemented
        day = fields.Date.to_date(value)
        if operator in ("<=", ">"):
            day += timedelta(days=1)
        before = self._get_started_before_domain(day - TIME_TO_INVOICE)
        return self._get_not_invoiced_domain() & (
            before if operator in ("<", "<=") else ~before
        )

    @api.model
    def _get_not_invoiced_domain(self):
        """Return the domain of what is to be invoiced here and is not yet."""
        return Domain("is_settled", "=", False) & (
            Domain("invoice_id", "=", False) | Domain("invoice_id.state", "=", "draft")
        )

    @api.model
    def _get_started_before_domain(self, day):
        """Return the domain of what began before this day, where the user is.

        :param day: `date`
        """
        tz = self.env.user.tz or self.env.company._get_payments_tz()
        return Domain("start", "<", start_of_day(day, tz))

    @api.model
    def _get_late_domain(self):
        """Return the domain of what began longer ago than the time to invoice it."""
        today = fields.Date.context_today(self)
        return self._get_started_before_domain(today - TIME_TO_INVOICE)
