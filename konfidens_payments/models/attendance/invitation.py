from odoo import fields, models

from ...tools import followed_up, get_follow_up, quietly
from .konfidens_payment_booking import CALLED_OFF


class KonfidensPaymentBooking(models.Model):
    """What the client answered to the invitation, and what it says once it is marked.

    Odoo's reminders of the appointment go to nobody who declined.
    """

    _inherit = "konfidens.payment.booking"

    declined_on = fields.Datetime(
        readonly=True,
        copy=False,
        help="When the client declined the invitation.",
    )

    def _answer_invitations(self, attendance):
        """Let the clients' answers say what is about to be marked.

        A client who declined himself has declined, whatever is taken back.
        """
        if attendance in CALLED_OFF:
            followed_up(self._get_attendees()).state = "declined"
            return
        called_off = self.filtered(
            lambda one: one.attendance in CALLED_OFF and not one.declined_on
        )
        followed_up(called_off._get_attendees()).state = "needsAction"

    def _decline_again(self):
        """Let new invitations of who called off say so: a series was made anew."""
        called_off = self.filtered(lambda one: one.attendance in CALLED_OFF)
        attendees = called_off._get_attendees()
        followed_up(
            attendees.filtered(lambda one: one.state != "declined")
        ).state = "declined"

    def _get_attendees(self):
        """Return the invitations (`calendar.attendee`) of these bookings' clients."""
        clients = {(one.event_id, one.client_id) for one in self}
        return self.event_id.attendee_ids.filtered(
            lambda one: (one.event_id, one.partner_id) in clients
        )


class CalendarAttendee(models.Model):
    """Guests who decline: when, so that the practice sees whether that was late."""

    _inherit = "calendar.attendee"

    def write(self, vals):
        """Override of `calendar` to note when a client first declined."""
        result = super().write(vals)
        if "state" not in vals or get_follow_up(self):
            return result
        # sudo: by the system's rule, whoever answers for the client
        bookings = self.env["konfidens.payment.booking"].sudo()
        bookings = bookings.search(
            [
                ("event_id", "in", self.event_id.ids),
                ("client_id", "in", self.partner_id.ids),
            ]
        )
        answered = {(one.event_id.id, one.partner_id.id) for one in self}
        theirs = bookings.filtered(
            lambda one: (one.event_id.id, one.client_id.id) in answered
        )
        if vals["state"] == "declined":
            first = theirs.filtered(lambda one: not one.declined_on)
            quietly(first).declined_on = fields.Datetime.now()
        else:
            quietly(theirs).declined_on = False
        return result
