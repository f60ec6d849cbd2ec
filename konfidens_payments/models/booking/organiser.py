from odoo import models

from ...tools import quietly
from .calendar_event import BOOKING


class CalendarEvent(models.Model):
    """Another organiser is another practitioner, where who writes may choose him."""

    _inherit = "calendar.event"

    def _follow_organiser(self, before):
        """Hand bookings to another practitioner, where who writes may do so.

        Odoo lets every employee make himself the organiser of a public appointment:
        that brings him no booking. Nor does a booking whose payer was told of it
        together with others, of somebody else: an invoice is one practitioner's.
        """
        bookings = before["bookings"].exists()
        handed, left_out = {}, bookings.browse()
        for booking in bookings:
            old = before["organisers"].get(booking.event_id.id, booking.user_id)
            new = booking.event_id.user_id
            if new in (old, booking.user_id):
                continue
            joint = booking._get_billed_with_others_of(new)
            told = joint and booking.is_told
            if not told and booking.with_env(self.env).sudo(False).has_access("write"):
                handed[new] = handed.get(new, bookings.browse()) | booking
                for move in joint:
                    move._leave_out(booking)
                    left_out |= booking
            else:
                booking._notify_practitioner(
                    lambda theirs, organiser=new: theirs._(
                        "%(user)s is the organiser of this appointment now. Its "
                        "payment stays with you.",
                        user=organiser.name,
                    )
                )
        for practitioner, theirs in handed.items():
            theirs._hand_to(practitioner)
        left_out._bill_as_planned_by(self.env)


class KonfidensPaymentBooking(models.Model):
    _inherit = BOOKING

    def _hand_to(self, practitioner):
        """Hand these bookings to another practitioner (`res.users`), or to none.

        :raises ValidationError: an invoice is of a company where he does not work
        """
        companies = practitioner.company_ids
        moving = self.filtered(
            lambda one: (
                companies and one.company_id not in companies and not one.invoice_id
            )
        )
        values = {"user_id": practitioner.id}
        quietly(self - moving).write(values)
        if moving:
            company = practitioner.company_id
            quietly(moving).write({**values, "company_id": company.id})

    def _get_billed_with_others_of(self, practitioner):
        """Return its invoice, if it bills others that are not this user's; or none."""
        self.ensure_one()
        others = self.invoice_id.booking_ids - self
        theirs = others.filtered(lambda one: one.event_id.user_id == practitioner)
        return self.invoice_id if others - theirs else self.invoice_id.browse()
