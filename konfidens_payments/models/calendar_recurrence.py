from odoo import models

from .calendar_event_changes import TOLD


class CalendarRecurrence(models.Model):
    _inherit = "calendar.recurrence"

    def _write_events(self, values, dtstart=None):
        """Override of `calendar`: what clients were told stays in those occurrences."""
        told = TOLD.intersection(values)
        if not told:
            return super()._write_events(values, dtstart=dtstart)
        events = self._get_events_from(dtstart) if dtstart else self.calendar_event_ids
        fixed = events.filtered("is_billing_locked")
        if not fixed:
            return super()._write_events(values, dtstart=dtstart)
        rest = {name: value for name, value in values.items() if name not in told}
        context = {"no_mail_to_attendees": True, "dont_notify": True}
        if rest:
            fixed.with_context(**context).write(
                dict(rest, recurrence_update="self_only")
            )
        return (
            (events - fixed)
            .with_context(**context)
            .write(dict(values, recurrence_update="self_only"))
        )
