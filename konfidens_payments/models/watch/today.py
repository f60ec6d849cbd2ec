from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_amount

from ..booking.figures import OVERDUE

# Before they are told, and not to be told by itself; and what is over by now.
_OPEN = Domain("is_settled", "=", False)
_OVER = Domain("start", "<=", "now")
# Also of cancelled appointments: something may still be owed.
_ALL = Domain("active", "in", (True, False))
# What is counted, and which amount of it is added up.
_CARDS = {
    "who_came": (
        _OPEN
        & _OVER
        & Domain("attendance", "=", "planned")
        & Domain("company_id.payments_bill_only_attended", "=", True),
        "price",
    ),
    "to_invoice": (
        _OPEN & _OVER & Domain("payment_status", "=", "to_invoice"),
        "price",
    ),
    "to_send": (_OPEN & _OVER & Domain("payment_status", "=", "draft"), "amount_due"),
    "attention": (
        _OPEN
        & _ALL
        & (
            Domain("payment_status", "=", "attention")
            | Domain("invoice_deadline", "<", "today")
        ),
        "price",
    ),
    "overdue": (_OPEN & _ALL & Domain("overdue", "in", OVERDUE), "amount_due"),
    "paid": (
        _ALL & Domain("invoice_id.paid_since", ">=", "=week_start"),
        "amount_paid",
    ),
}


class KonfidensPaymentBooking(models.Model):
    """The first page of *Payments*: what matters today."""

    _inherit = "konfidens.payment.booking"

    @api.model
    def get_payments_today(self):
        """Return what matters today, of the bookings that the user sees.

        :return: dict with `begins`, whether the page begins with what the practice
            needs, since payments are off and the user may switch them on; `missing`,
            how many things are missing still, for who may see to it; and `cards`,
            a list of dicts: `name`; `label`; `count`; `amount`, the sum in words; and
            `action`, which opens their list
        :raises AccessError: the user has nothing to do with payments
        """
        self.check_access("read")
        labels = {
            "who_came": self.env._("Who Came?"),
            "to_invoice": self.env._("To Invoice"),
            "to_send": self.env._("To Send"),
            "attention": self.env._("Needs Attention"),
            "overdue": self.env._("Overdue"),
            "paid": self.env._("Paid This Week"),
        }
        # sudo: what of the settings decides which cards there are
        companies = self.env.companies.sudo()
        if not any(companies.mapped("payments_bill_only_attended")):
            del labels["who_came"]
        is_active = self.env.company.sudo().payments_active  # sudo: whether it is on
        readiness = self.env["konfidens.payment.readiness"]
        may_see_to_it = readiness._is_for_user()
        missing = may_see_to_it and readiness._get_missing(self.env.company.sudo())
        return {
            "begins": not is_active and may_see_to_it,
            "missing": len(missing) if is_active and missing else 0,
            "cards": [
                {"name": name, "label": label, **self._count_today(name, label)}
                for name, label in labels.items()
            ],
        }

    @api.model
    def get_attention_count(self):
        """Return how many bookings need attention, of those that the user sees."""
        if not self.has_access("read"):
            return 0
        return self.search_count(_CARDS["attention"][0])

    @api.model
    def _count_today(self, name, label):
        domain, amount = _CARDS[name]
        rows = self._read_group(
            domain, ["currency_id"], ["__count", f"{amount}:sum"], order="currency_id"
        )
        xml_id = "action_attention" if name == "attention" else "action_bookings"
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"konfidens_payments.{xml_id}"
        )
        context = {"konfidens_payments_attention": True} if name == "attention" else {}
        return {
            "count": sum(count for _currency, count, _total in rows),
            "amount": " + ".join(
                format_amount(self.env, total, currency)
                for currency, _count, total in rows
                if total
            ),
            "action": {
                **action,
                "name": label,
                "display_name": label,
                "domain": list(domain),
                "context": {**context, "active_test": False},
                "path": False,
                "help": False,
            },
        }
