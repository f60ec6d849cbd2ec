from odoo import models

_NEUTRAL = "konfidens_payments.mail_template_appointment"
_NEUTRAL_TEMPLATES = {
    "calendar.calendar_template_meeting_changedate": (
        "konfidens_payments.mail_template_appointment_moved"
    ),
}


class CalendarAttendee(models.Model):
    """Invitations, changes and reminders: clients read nothing of the treatment."""

    _inherit = "calendar.attendee"

    def _notify_attendees(self, mail_template, notify_author=False, force_send=False):
        """Override of `calendar`: guests of bookings from outside get neutral mails.

        Whatever template the mail would be made of, since each may carry title and
        description. The practice's own people get what Odoo sends.
        """
        outside = self.filtered(
            lambda attendee: (
                attendee.event_id._is_neutral_outside()
                and not attendee.partner_id._is_internal_user()
            )
        )
        if not (outside and mail_template):
            return super()._notify_attendees(mail_template, notify_author, force_send)
        neutral = self._get_neutral_template(mail_template)
        # the attached .ics is made in the language of the context
        for lang, attendees in outside.grouped(lambda one: one.partner_id.lang).items():
            theirs = attendees.with_context(
                lang=lang or self.env.lang, konfidens_payments_neutral=True
            )
            super(CalendarAttendee, theirs)._notify_attendees(
                neutral, notify_author, force_send
            )
        return super(CalendarAttendee, self - outside)._notify_attendees(
            mail_template, notify_author, force_send
        )

    def _get_neutral_template(self, mail_template):
        """Return what clients get instead of this `mail.template`."""
        names = mail_template.get_external_id().values()
        names = [
            _NEUTRAL_TEMPLATES[name] for name in names if name in _NEUTRAL_TEMPLATES
        ]
        # sudo: whoever plans an appointment sends it with the practice's words
        return self.env.ref(names[0] if names else _NEUTRAL).sudo()
