from odoo import api, models

from .status import STATUSES


class CalendarEvent(models.Model):
    """The colours of payment in the calendar."""

    _inherit = "calendar.event"

    @api.model
    def get_payment_marks(self, event_ids):
        """Return where the payments of appointments stand, with one query for all.

        :param event_ids: their ids
        :return: dict from the id to a `payment_status`: of several the least finished;
            without those of which the user sees no booking
        """
        bookings = self.env["konfidens.payment.booking"]
        if not bookings.has_access("read"):
            return {}
        rows = bookings._read_group(
            [("event_id", "in", event_ids), ("payment_status", "!=", False)],
            ["event_id"],
            ["payment_status:array_agg"],
        )
        order = list(STATUSES)
        return {event.id: min(statuses, key=order.index) for event, statuses in rows}
