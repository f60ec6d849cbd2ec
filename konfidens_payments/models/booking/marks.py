from odoo import api, models

from .status import STATUSES


class CalendarEvent(models.Model):
    """The marks of appointments in the calendar: how far the payment is, who came."""

    _inherit = "calendar.event"

    @api.model
    def get_payment_marks(self, event_ids):
        """Return where the payments of appointments stand, and who came.

        With one query for all of them.

        :param event_ids: their ids
        :return: dict from the id to a list of a `payment_status`, of several the least
            finished, and the `attendance` where it is marked, for all of them alike;
            without those of which the user sees no booking
        """
        bookings = self.env["konfidens.payment.booking"]
        if not bookings.has_access("read"):
            return {}
        rows = bookings._read_group(
            [("event_id", "in", event_ids)],
            ["event_id"],
            ["payment_status:array_agg", "attendance:array_agg_distinct"],
        )
        order = list(STATUSES)
        marks = {}
        for event, statuses, attendances in rows:
            status = min(filter(None, statuses), key=order.index, default=False)
            marked = attendances != ["planned"] and len(attendances) == 1
            marks[event.id] = [
                mark for mark in (status, marked and attendances[0]) if mark
            ]
        return {event_id: names for event_id, names in marks.items() if names}
