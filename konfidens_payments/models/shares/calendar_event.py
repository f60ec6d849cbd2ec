from odoo import api, fields, models

from ..booking.calendar_event import BOOKING, GROUPS
from .konfidens_payment_booking import DIGITS

# What an appointment shows of its client, also where several pay.
OF_ONE = (
    "client_id",
    "service_id",
    "attendance",
    "attendance_note",
    "can_mark_attended",
)


class CalendarEvent(models.Model):
    """Who pays for an appointment, where several do."""

    _inherit = "calendar.event"

    paid_note = fields.Char(
        "Paid",
        compute="_compute_payment",
        groups=GROUPS,
        export_string_translation=False,
        help="How many of those who pay for it have paid.",
    )
    is_shared = fields.Boolean(
        compute="_compute_payment",
        groups=GROUPS,
        export_string_translation=False,
        help="Several pay a part of what one client costs.",
    )

    def _compute_booking(self):
        """Extended: what several pay is of one client, and costs what all pay."""
        result = super()._compute_booking()
        for event in self:
            shares = event._get_shown_bookings()
            if len(shares) > 1 and shares._are_of_one():
                for name in OF_ONE:
                    event[name] = shares[0][name]
                event.price = sum(shares.mapped("price"))
        return result

    @api.depends("all_booking_ids.share")
    def _compute_payment(self):
        """Extended: where several pay, how many of them have paid."""
        result = super()._compute_payment()
        for event in self:
            bookings = event._get_shown_bookings()
            several = len(bookings) > 1
            if several and bookings._are_of_one():
                event.currency_id = bookings[0].currency_id
            event.paid_note = several and bookings._count_paid()
            event.is_shared = any(one._is_shared() for one in bookings)
        return result

    def action_split_between_payers(self):
        """As `konfidens.payment.booking.action_split_between_payers`."""
        return self._get_bookings().action_split_between_payers()

    def _share_like(self, patterns):
        """Split the bookings of these new appointments as others are.

        Where it is no whole by now, the one who is first pays all of it.

        :param patterns: dict from the event's id to the bookings that it was made after
        """
        for event in self.filtered("active"):
            # sudo: they were made by the system's rule
            shared = patterns.get(event.id, self.env[BOOKING]).sudo()
            shared = shared.filtered(lambda one: one._is_shared())
            new = shared and event._search_bookings_of_events()
            for client, shares in shared.grouped("client_id").items():
                payers = {}
                for one in shares.sorted("share_number"):
                    payers[one.payer_id] = payers.get(one.payer_id, 0.0) + one.share
                alike = new.filtered(
                    lambda one, client=client: (
                        one.client_id == client and not one._is_shared()
                    )
                )
                if round(sum(payers.values()), DIGITS) == 100 and alike:
                    alike._split_between(
                        list(payers.items()),
                        sum(one._get_full_price() for one in shares),
                        shares.currency_id[:1],
                    )
