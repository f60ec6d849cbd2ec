from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import get_lang

from odoo.addons.calendar.models.calendar_event import vobject

from ...tools import format_appointment

_NEUTRAL = "konfidens_payments.mail_template_appointment"
_NEUTRAL_TEMPLATES = {
    "calendar.calendar_template_meeting_changedate": (
        "konfidens_payments.mail_template_appointment_moved"
    ),
}


class CalendarEvent(models.Model):
    """What of a booking leaves the house: when, where and with whom; never its words.

    Title and description may tell of the treatment, and mails, calendar files and the
    page behind an invitation's link are read by others than the client.
    """

    _inherit = "calendar.event"

    # Portal users, whose appointments Odoo gives them over RPC, get no word of them.
    name = fields.Char(groups="base.group_user")
    description = fields.Html(groups="base.group_user")
    notes = fields.Html(groups="base.group_user")
    categ_ids = fields.Many2many(groups="base.group_user")
    public_date = fields.Char(
        "When",
        compute="_compute_public_date",
        compute_sudo=True,
        export_string_translation=False,
        help="When it is, in words that may leave the house.",
    )

    @api.depends("start", "allday", "user_id")
    @api.depends_context("lang")
    def _compute_public_date(self):
        for event in self:
            company = event.user_id.company_id or self.env.company
            tz = event.user_id.tz or company.partner_id.tz or self.env.user.tz or "UTC"
            event.public_date = event.start and format_appointment(
                self.env, event.start, tz, event.allday
            )

    @api.depends("public_date")
    def _compute_display_name(self):
        """Override of `calendar`: guests from outside read when it is, and no more.

        Also where Odoo reads it for them as superuser: as the name of a message's
        record.
        """
        if self.env.user._is_internal():
            return super()._compute_display_name()
        for event in self:
            event.display_name = event._get_public_label()

    def _get_public_label(self):
        """Return the only words about the appointment that may leave the house."""
        return self.env._("Appointment %(date)s", date=self.public_date)

    def _is_neutral_outside(self):
        """Return whether no word of this event may leave the house.

        Where its practice uses payments, and somebody from outside takes part, whether
        it is billed or not.
        """
        self.ensure_one()
        # sudo: whoever causes a mail need not see the practice's settings
        companies = self.user_id.sudo().company_ids or self.env[
            "res.company"
        ].sudo().search([("payments_active", "=", True)], limit=1)
        if not any(companies.mapped("payments_active")):
            return False
        return bool(self._get_outside_guests()[self.id])

    # === MAILS === #

    def _message_compute_subject(self):
        """Override of `mail`: no title in the subject of mails about a booking."""
        if self._is_neutral_outside():
            return self._get_public_label()
        return super()._message_compute_subject()

    def _notify_by_email_prepare_rendering_context(self, message, *args, **kwargs):
        """Override of `mail`: no title at the top of mails about a booking."""
        values = super()._notify_by_email_prepare_rendering_context(
            message, *args, **kwargs
        )
        if self and self._is_neutral_outside():
            label = self.with_context(lang=values["lang"])._get_public_label()
            values |= {"record_name": label, "subtitles": [label]}
        return values

    def _notify_by_email_get_headers(self, headers=None):
        """Override of `mail`: no client reads the addresses of the others."""
        headers = super()._notify_by_email_get_headers(headers)
        if self and self._is_neutral_outside():
            headers.pop("X-Msg-To-Add", None)
        return headers

    def action_open_composer(self):
        """Override of `calendar`: a mail to a booking's guests begins empty."""
        action = super().action_open_composer()
        if any(event._is_neutral_outside() for event in self):
            action["context"]["default_template_id"] = False
        return action

    def action_unlink_event(self, attendee_id=None, recurrence=False):
        """Override of `calendar`: who cancels a booking sees the mail that goes out."""
        action = super().action_unlink_event(attendee_id, recurrence)
        # deleted at once, where several are or the calendar is synchronized
        asks = action and "default_template_id" in action.get("context", {})
        if asks and self._is_neutral_outside():
            template = self.env.ref(
                "konfidens_payments.mail_template_appointment_cancelled"
            )
            action["context"]["default_template_id"] = template.id
        return action

    # === SMS, CALENDAR FILES, VIDEO CALLS === #

    def _message_sms_with_template(
        self, template=False, template_xmlid=False, template_fallback="", **kwargs
    ):
        """Override of `sms`: a reminder by SMS says when a booking is, not what."""
        if self._is_neutral_outside():
            # in which language the client reads
            client = self._get_outside_guests()[self.id][:1]
            lang = get_lang(self.env, client.lang).code
            label = self.with_context(lang=lang)._get_public_label()
            return self._message_sms(label, **kwargs)
        return super()._message_sms_with_template(
            template, template_xmlid, template_fallback, **kwargs
        )

    def _get_customer_summary(self):
        """Override of `calendar`: the title in a client's own calendar."""
        if self._is_neutral_outside():
            # sudo: the name of the practice is no secret
            company = self.user_id.sudo().company_id or self.env.company
            return self.env._("Appointment at %(company)s", company=company.name)
        return super()._get_customer_summary()

    def _get_customer_description(self):
        """Override of `calendar`: no description in a client's own calendar."""
        if self._is_neutral_outside():
            return ""
        return super()._get_customer_description()

    def _get_ics_file(self):
        """Override of `calendar`: a client's calendar file names no other client."""
        files = super()._get_ics_file()
        if self.env.context.get("konfidens_payments_neutral"):
            for event_id, content in files.items():
                calendar = vobject.readOne(content.decode())
                calendar.vevent.contents.pop("attendee", None)
                files[event_id] = calendar.serialize().encode()
        return files

    def _create_videocall_channel_id(self, name, partner_ids):
        """Override of `calendar`: clients see the name of the call that they join."""
        if self._is_neutral_outside():
            name = self._get_customer_summary()
        return super()._create_videocall_channel_id(name, partner_ids)


class CalendarAttendee(models.Model):
    """Invitations, changes and reminders: clients read nothing of the treatment."""

    _inherit = "calendar.attendee"

    def _notify_attendees(self, mail_template, notify_author=False, force_send=False):
        """Override of `calendar`: guests of bookings from outside get neutral mails.

        Whatever template the mail would be made of, since each may carry title and
        description. The practice's own people get what Odoo sends.
        """
        strangers = self.partner_id._filter_outside()
        events = self.event_id.filtered(lambda event: event._is_neutral_outside())
        outside = self.filtered(
            lambda attendee: (
                attendee.event_id in events and attendee.partner_id in strangers
            )
        )
        if not (outside and mail_template):
            return super()._notify_attendees(mail_template, notify_author, force_send)
        neutral = self._get_neutral_template(mail_template)
        # the attached .ics is made in the language of the context
        for lang, attendees in outside.grouped(lambda one: one.partner_id.lang).items():
            theirs = attendees.with_context(
                lang=get_lang(self.env, lang).code, konfidens_payments_neutral=True
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


class MailMessage(models.Model):
    """The chatter of appointments, which Odoo shows to all their guests over RPC.

    It names other guests, and what is told there is told inside the house. Closed where
    it is read: so are messages that were posted before there was a guest from outside.
    """

    _inherit = "mail.message"

    def _get_search_domain_share(self):
        """Override of `mail`: guests from outside find no message of appointments."""
        return super()._get_search_domain_share() & Domain(
            "model", "!=", "calendar.event"
        )

    def _get_forbidden_access(self, operation):
        """Override of `mail`: guests from outside read no message of appointments."""
        forbidden = super()._get_forbidden_access(operation)
        if operation == "read" and not self.env.user._is_internal():
            # sudo: what they are about, to see whether the user may read them
            forbidden |= (
                self.sudo()
                .filtered_domain([("model", "=", "calendar.event")])
                .with_env(self.env)
            )
        return forbidden
