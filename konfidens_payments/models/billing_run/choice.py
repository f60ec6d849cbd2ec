from datetime import timedelta

from odoo import models
from odoo.fields import Domain

from ...tools import later, start_of_day

# Why a booking is left out; of several reasons the first one counts.
REASONS = [
    ("cancelled", "Cancelled"),
    ("invoiced", "Invoiced already"),
    ("other_company", "Of another company"),
    ("cutoff", "Before the first day"),
    ("until", "After the last day"),
    ("no_client", "No client"),
    ("no_service", "No service"),
    ("no_price", "No price"),
    ("no_address", "No address for the message"),
]

# What a payer must have; by both channels, one of them is enough.
ADDRESSES = {
    "email": ["email_normalized"],
    "sms": ["phone_sanitized"],
    "both": ["email_normalized", "phone_sanitized"],
}


class KonfidensPaymentRun(models.Model):
    """Which bookings a run bills, and which it leaves out: as domains."""

    _inherit = "konfidens.payment.run"

    def _get_bookings(self):
        return self.env["konfidens.payment.booking"].with_context(active_test=False)

    def _get_scope(self):
        """Return the domain of what was chosen."""
        return Domain("run_ids", "in", self._origin.ids)

    def _split(self, scope):
        """Return what becomes of the bookings in a domain, group by group.

        :param scope: domain of `konfidens.payment.booking`
        :return: list of (a reason or "billable", domain); no booking is in two
        """
        groups, rest = [], scope
        for reason, domain in self._get_reason_domains():
            groups.append((reason, rest & domain))
            rest &= ~domain
        unpriced = self._get_unpriced_domain(rest)
        groups.append(("no_price", rest & unpriced))
        rest &= ~unpriced
        unreachable = self._get_unreachable_domain()
        groups.append(("no_address", rest & unreachable))
        groups.append(("billable", rest & ~unreachable))
        return groups

    def _get_reason_domains(self):
        """Return (reason, domain) for what a booking itself shows, in this order."""
        self.ensure_one()
        return [
            (
                "cancelled",
                Domain("active", "=", False) | Domain("attendance", "=", "cancelled"),
            ),
            ("invoiced", Domain("invoice_id", "!=", False)),
            ("other_company", Domain("company_id", "!=", self.company_id.id)),
            ("cutoff", self._get_cutoff_domain()),
            ("until", self._get_until_domain()),
            (
                "no_client",
                Domain("client_id", "=", False) | Domain("payer_id", "=", False),
            ),
            (
                "no_service",
                Domain.FALSE if self.service_id else Domain("service_id", "=", False),
            ),
        ]

    def _get_cutoff_domain(self):
        """Return the domain of what is before the first day, where the user is."""
        if not self.cutoff_date:
            return Domain.FALSE
        return Domain("start", "<", start_of_day(self.cutoff_date, self._get_tz()))

    def _get_until_domain(self):
        """Return the domain of what is after the last day, where the user is."""
        if not self.until_date:
            return Domain.FALSE
        after = later(self.until_date, timedelta(days=1))
        return Domain("start", ">=", start_of_day(after, self._get_tz()))

    def _get_tz(self):
        return self.user_id.tz or self.company_id._get_payments_tz()

    def _get_unpriced_domain(self, scope):
        unpriced = Domain("price", "<=", 0)
        free = [
            booking_id
            for booking_id, (_currency, price) in self._get_list_prices(scope).items()
            if price <= 0
        ]
        return unpriced & (Domain("service_id", "!=", False) | Domain("id", "in", free))

    def _get_unreachable_domain(self):
        """Return the domain of what has no address for the channel."""
        if self.send_mode == "draft":
            return Domain.FALSE
        names = ADDRESSES[self.channel]
        return Domain.AND(Domain(f"payer_id.{name}", "=", False) for name in names)

    def _get_list_prices(self, scope):
        """Return what bookings without service and price will cost.

        By each payer's pricelist, for the service of this run.

        :param scope: domain of `konfidens.payment.booking`
        :return: dict from the booking's id to (`res.currency`, price)
        """
        if not self.service_id:
            return {}
        service = self.service_id.with_company(self.company_id)
        groups = self._get_bookings()._read_group(
            scope & Domain("service_id", "=", False) & Domain("price", "<=", 0),
            ["payer_id", "currency_id"],
            ["id:array_agg", "start:array_agg"],
        )
        dated = bool(
            self.env["product.pricelist.item"].search_count(
                ["|", ("date_start", "!=", False), ("date_end", "!=", False)], limit=1
            )
        )
        known, prices = {}, {}
        for payer, currency, ids, starts in groups:
            pricelist = payer.with_company(self.company_id).property_product_pricelist
            # rates and some rules change with the day
            varies = dated or {pricelist.currency_id or currency, currency} != {
                service.currency_id
            }
            for booking_id, start in zip(ids, starts, strict=True):
                key = (pricelist, currency, varies and start)
                if key not in known:
                    known[key] = pricelist._get_product_price(
                        service, quantity=1.0, currency=currency, date=start
                    )
                prices[booking_id] = (currency, known[key])
        return prices
