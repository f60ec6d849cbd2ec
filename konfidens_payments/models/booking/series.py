from odoo import models
from odoo.exceptions import UserError

from ...tools import quietly
from .changes import TOLD
from .status import SETTLED_STATUSES


class CalendarEvent(models.Model):
    """Recurring series: each occurrence has bookings of its own.

    `calendar` archives the occurrences of a changed series and makes new ones. Their
    bookings go over to the new ones with all they have, so that nothing is billed
    twice, and nothing that one of them has of its own is forgotten.
    """

    _inherit = "calendar.event"

    def _hand_bookings_over(self, before, made):
        """Hand the bookings of archived occurrences to the new ones.

        An occurrence that starts at the same time inherits; the others follow in their
        order. Where the series gets longer, what is new is billed as the others are.

        :param before: what `_get_before_change` returned
        :param made: the new events
        """
        starts = before["starts"]
        made = made.exists().filtered("active").sorted("start")
        gone = self.browse(starts).exists().filtered(lambda event: not event.active)
        gone = gone.sorted(lambda event: starts[event.id])
        bookings = before["bookings"].filtered("active")
        heirs = self._match_occurrences(gone, made, starts)
        for booking in quietly(bookings):
            if heir := heirs.get(booking.event_id.id):
                booking.event_id = heir
        new = made - made.browse(heir.id for heir in heirs.values())
        if new:
            pattern = bookings.filtered(lambda one: one.event_id == self)[:1]
            pattern = pattern or bookings[:1]
            alike = new.filtered(lambda event: pattern._is_model_for(event, self.env))
            values = pattern._prepare_occurrence_values()
            # sudo: as the others are, by the system's rule, and billed by who may
            new.sudo()._make_bookings(dict.fromkeys(alike.ids, values))
            theirs = bookings.filtered(lambda one: one.event_id == pattern.event_id)
            alike.sudo()._share_like(dict.fromkeys(alike.ids, theirs))

    @staticmethod
    def _match_occurrences(gone, made, starts):
        """Return which new occurrence takes the place of which archived one.

        :param starts: dict from the id of an archived one to when it was
        :return: dict from the archived one's id to the new one
        """
        by_start = {event.start: event for event in made}
        heirs = {
            event.id: by_start.pop(starts[event.id])
            for event in gone
            if starts[event.id] in by_start
        }
        rest = (event for event in made if event.start in by_start)
        rest_of = (event for event in gone if event.id not in heirs)
        return heirs | {old.id: new for old, new in zip(rest_of, rest, strict=False)}

    def _write_in_series(self, occurrences, booked, update):
        """Write on the booking of this appointment, and of others of its series.

        Of the others only what is open: what the payer was told stays, and what is
        settled. So do who pays and how much, where several share it.

        :param occurrences: of the series as it is now
        :param booked: values of WRITTEN
        :param update: `future_events`, `all_events`, or nothing for this one only
        """
        own = self.exists().filtered("active") or self
        if not update:
            own._write_on_bookings(booked)
            return
        others = occurrences.exists().filtered("active") - own
        if update == "future_events":
            others = others.filtered(lambda event: event.start >= own.start)
        if own.active:
            own._write_on_bookings(booked)
        open_ones = others._search_bookings_of_events().filtered(
            lambda booking: (
                not booking.is_told
                and not booking.has_fee
                and not (booking._is_shared() and TOLD.intersection(booked))
                and booking.payment_status not in SETTLED_STATUSES
            )
        )
        open_ones.with_env(self.env).write(booked)

    def _write_on_bookings(self, booked):
        """Write on the one booking of each of these events, with the user's rights.

        :param booked: values of WRITTEN
        :raises AccessError: the user may not write on one of them
        :raises UserError: an appointment has several bookings, or nobody to bill
        """
        # sudo: which there are; write() checks what the user may do with them
        there = self._search_bookings_of_events()
        if len(there.event_id) < len(there):
            raise UserError(
                self.env._(
                    "This appointment is billed to several. Change what you want in "
                    "the list of bookings on the appointment."
                )
            )
        if missing := self - there.event_id:
            missing._make_bookings(dict.fromkeys(missing.ids, booked))
        mine = there.with_env(self.env)
        # A form that a colleague saves sends what it shows: nothing.
        if any(booked.values()) or mine.has_access("write"):
            mine.write(booked)


class KonfidensPaymentBooking(models.Model):
    _inherit = "konfidens.payment.booking"

    def _prepare_occurrence_values(self):
        """Return what a further occurrence of this booking's series begins with."""
        values = self._prepare_copy_values()
        if self.invoicing_method != "external":
            values["invoicing_method"] = self.invoicing_method
        return values
