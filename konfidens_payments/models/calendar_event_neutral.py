from odoo import api, fields, models

from odoo.addons.calendar.models.calendar_event import vobject


class CalendarEvent(models.Model):
    """What of a booking leaves the house: when, where and with whom; never its words.

    Title and description may tell of the treatment, and mails, calendar files and the
    page behind an invitation's link are read by others than the client.
    """

    _inherit = "calendar.event"

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
            event.public_date = event.start and event._get_public_date()

    def _is_neutral_outside(self):
        """Return whether no word of this event may leave the house."""
        self.ensure_one()
        # sudo: whoever causes a mail need not see what is billed, nor to whom
        event = self.sudo()
        company = event.company_id or event.user_id.company_id
        return bool(event.client_id) and company.payments_active

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
            # sudo: in which language the client reads
            lang = self.sudo().client_id.lang or self.env.lang
            label = self.with_context(lang=lang)._get_public_label()
            return self._message_sms(label, **kwargs)
        return super()._message_sms_with_template(
            template, template_xmlid, template_fallback, **kwargs
        )

    def _get_customer_summary(self):
        """Override of `calendar`: the title in a client's own calendar."""
        if self._is_neutral_outside():
            # sudo: the company's name is no secret
            company = self.sudo().company_id or self.sudo().user_id.company_id
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
