from odoo import fields, models

from ...tools import is_quiet, quietly


class CalendarAttendee(models.Model):
    """Guests who decline: when, so that the practice sees whether that was late."""

    _inherit = "calendar.attendee"

    def write(self, vals):
        """Override of `calendar` to note when a client declined the invitation."""
        result = super().write(vals)
        if "state" in vals and not is_quiet(self):
            # sudo: by the system's rule, whoever answers for the client
            bookings = self.env["konfidens.payment.booking"].sudo()
            bookings = bookings.search(
                [
                    ("event_id", "in", self.event_id.ids),
                    ("client_id", "in", self.partner_id.ids),
                ]
            )
            declined = vals["state"] == "declined"
            quietly(bookings).declined_on = declined and fields.Datetime.now()
        return result
