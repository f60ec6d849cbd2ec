from odoo import fields, models

from ..booking.calendar_event import GROUPS
from ..booking.searching import search_bookings
from .konfidens_payment_booking import ATTENDANCES


class CalendarEvent(models.Model):
    """Who came to an appointment, as its screens show it: that of its booking."""

    _inherit = "calendar.event"

    attendance = fields.Selection(
        ATTENDANCES,
        compute="_compute_booking",
        search=search_bookings("attendance"),
        groups=GROUPS,
        help="Whether the client came.",
    )
    attendance_note = fields.Char(
        compute="_compute_booking",
        groups=GROUPS,
        export_string_translation=False,
    )
    can_mark_attended = fields.Boolean(
        compute="_compute_booking",
        groups=GROUPS,
        export_string_translation=False,
    )

    # === ACTION METHODS === #

    def action_attended(self):
        """As `konfidens.payment.booking.action_attended`, for all bookings."""
        return self._get_bookings().action_attended()

    def action_no_show(self):
        """As `konfidens.payment.booking.action_no_show`, for all bookings."""
        return self._get_bookings().action_no_show()

    def action_cancelled(self):
        """As `konfidens.payment.booking.action_cancelled`, for all bookings."""
        return self._get_bookings().action_cancelled()

    def action_planned(self):
        """As `konfidens.payment.booking.action_planned`, for all bookings."""
        return self._get_bookings().action_planned()
