from odoo import models


class CalendarEvent(models.Model):
    """What is said before an appointment is deleted: what becomes of its payment."""

    _inherit = "calendar.event"

    def get_deletion_note(self, recurrence=False):
        """Return what becomes of the payments when these appointments are deleted.

        Or archived, which does the same to them.

        :param recurrence: how much of a series goes along: ``self_only`` (or
            ``one``), ``future_events`` (``next``), ``all_events`` (``all``)
        :return: the words; False where nothing is billed that this user may see
        """
        bookings = self._get_deleted_with(recurrence)._search_own_bookings()
        return bookings.filtered("active")._describe_deletion()

    def _get_deleted_with(self, recurrence):
        """Return these events, and those of their series that go along."""
        if len(self) != 1 or not self.recurrence_id:
            return self
        series = self.recurrence_id.calendar_event_ids
        if recurrence in ("all_events", "all"):
            return series
        if recurrence in ("future_events", "next"):
            return series.filtered(lambda event: event.start >= self.start)
        return self
