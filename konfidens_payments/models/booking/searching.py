from odoo import models
from odoo.fields import Domain

from .status import STATUSES

BOOKING = "konfidens.payment.booking"


def search_bookings(name):
    """Return the search method of the proxy with this name."""
    return lambda events, operator, value: events._search_bookings(
        name, operator, value
    )


class CalendarEvent(models.Model):
    """Appointments found by what they show of their bookings."""

    _inherit = "calendar.event"

    def _search_bookings(self, name, operator, value):
        """Return the domain of the events that show this user such a value.

        One of several bookings is enough, except where they are shown as one.
        """
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        if name == "id" and operator == "any":
            return self._get_booked_domain(value)
        if name == "is_settled" and operator == "in":
            return self._search_settled(value)
        if name == "payment_status" and operator == "in":
            return Domain.OR(self._get_status_domain(status) for status in value)
        found = self._get_booked_domain(Domain(name, operator, value))
        if operator == "in" and False in value:
            # also those that have none, as far as the user sees
            return found | ~self._get_booked_domain(Domain(name, "!=", False))
        return found

    def _search_settled(self, values):
        """Return the domain of the events all of whose bookings are settled, or not."""
        settled = self._get_booked_domain(
            Domain("is_settled", "=", True)
        ) & ~self._get_booked_domain(Domain("is_settled", "=", False))
        both = {True: settled, False: ~settled}
        return Domain.OR(both[bool(value)] for value in values)

    def _get_status_domain(self, status):
        """Return the domain of the events that show this status: the least finished.

        :param status: one of STATUSES, or False for those that show none
        """
        if not status:
            return ~self._get_booked_domain(Domain("payment_status", "!=", False))
        names = list(STATUSES)
        before = names[: names.index(status)] if status in names else []
        return self._get_booked_domain(
            Domain("payment_status", "=", status)
        ) & ~self._get_booked_domain(Domain("payment_status", "in", before))

    def _get_booked_domain(self, domain):
        """Return the domain of the events with such a booking that the user may read.

        Asked of the bookings, with the user's rights and by their rules.
        """
        bookings = self.env[BOOKING]._search(domain)
        return Domain("id", "in", bookings.subselect("event_id"))
