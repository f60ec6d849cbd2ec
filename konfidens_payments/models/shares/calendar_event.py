from odoo import api, fields, models

from ..booking.calendar_event import GROUPS


class CalendarEvent(models.Model):
    """Who pays for an appointment, where several do."""

    _inherit = "calendar.event"

    paid_note = fields.Char(
        "Paid",
        compute="_compute_paid_note",
        groups=GROUPS,
        export_string_translation=False,
        help="How many of those who pay for it have paid.",
    )
    is_shared = fields.Boolean(
        compute="_compute_paid_note",
        groups=GROUPS,
        export_string_translation=False,
        help="Several pay a part of what one client costs.",
    )

    @api.depends(
        "all_booking_ids.active",
        "all_booking_ids.payment_status",
        "all_booking_ids.share",
    )
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_paid_note(self):
        bookings = self._origin._search_own_bookings()
        by_event = bookings.grouped(lambda booking: booking.event_id.id)
        for event in self:
            theirs = by_event.get(event._origin.id, bookings.browse())
            event.paid_note = len(theirs) > 1 and theirs._count_paid()
            event.is_shared = any(one._is_shared() for one in theirs)

    def action_split_between_payers(self):
        """As `konfidens.payment.booking.action_split_between_payers`."""
        return self._get_bookings().action_split_between_payers()

    def _share_like(self, patterns):
        """Split the bookings of these new appointments as others are.

        :param patterns: dict from the event's id to the booking that it was made after
        """
        for event in self:
            pattern = patterns.get(event.id)
            if not pattern or not pattern._is_shared():
                continue
            # sudo: they were made by the system's rule
            new = event._search_bookings_of_events().filtered(
                lambda one, pattern=pattern: one.client_id == pattern.client_id
            )
            payers = [
                (one.payer_id, one.share) for one in pattern.sudo()._with_shares()
            ]
            new.filtered(lambda one: not one._is_shared())._split_between(payers)
