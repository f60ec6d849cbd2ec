from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import is_html_empty

# So many dates of a series the mail names one by one.
_NAMED = 12


class CalendarPopoverDeleteWizard(models.TransientModel):
    _inherit = "calendar.popover.delete.wizard"

    payment_note = fields.Char(
        compute="_compute_payment_note",
        compute_sudo=False,
        export_string_translation=False,
        help="What becomes of the payment, for who may see it.",
    )

    # kept from the dialog to its button, or who was taken off is written to after all
    recipient_ids = fields.Many2many(store=True)
    is_text_fixed = fields.Boolean(
        compute="_compute_is_text_fixed",
        export_string_translation=False,
        help="Several clients are written to, each by name, in the own language.",
    )

    @api.depends("calendar_event_id")
    def _compute_is_text_fixed(self):
        guests = self.calendar_event_id._get_outside_guests()
        for wizard in self:
            wizard.is_text_fixed = len(guests.get(wizard.calendar_event_id.id, ())) > 1

    @api.depends("calendar_event_id", "delete")
    @api.depends_context("uid", "default_recurrence")
    def _compute_payment_note(self):
        for wizard in self:
            event = wizard.calendar_event_id._origin.sudo(False)
            chosen = wizard._get_chosen()
            wizard.payment_note = event and event.get_deletion_note(chosen)

    def _get_chosen(self):
        """Return how much of a series goes, see `get_deletion_note`."""
        # the second of Odoo's dialogs knows what was chosen in the first
        return self.env.context.get("default_recurrence") or self.delete

    def action_send_mail_and_delete(self):
        """Override of `calendar`: clients are told when, and not what, is cancelled.

        Each by a mail of the own, in the own language; one alone as it was written in
        the dialog.

        :raises UserError: nothing is written there
        """
        event = self.calendar_event_id
        if not event._is_neutral_outside():
            return super().action_send_mail_and_delete()
        # a mail is gone before Odoo refuses to delete one of them
        event._get_deleted_with(self._get_chosen()).check_access("unlink")
        # sudo: whoever cancels an appointment tells so with the practice's words
        template = self.env.ref(
            "konfidens_payments.mail_template_appointment_cancelled"
        ).sudo()
        clients = event._get_outside_guests()[event.id]
        written = len(clients) == 1 and clients in self.recipient_ids
        if written and (not self.subject or is_html_empty(self.body)):
            raise UserError(
                self.env._(
                    "Write a subject and a text that %(client)s gets; or take "
                    "%(client)s off the recipients to send nothing.",
                    client=clients.name,
                )
            )
        for guest in self.recipient_ids:
            values = {"recipient_ids": [Command.set(guest.ids)]}
            if written and guest == clients:
                values |= {"subject": self.subject, "body_html": self.body}
            # Without Odoo's layout, which writes the title above it.
            template.with_context(**self._prepare_guest_context(guest)).send_mail(
                event.id, force_send=True, email_values=values
            )
        return self.action_delete()

    def action_delete(self):
        """Override of `calendar`: a series goes as it was chosen in its form, too.

        Odoo knows the names of its calendar alone, and deletes nothing where it was
        called with those of its form, although everybody was told.
        """
        chosen = self.env.context.get("default_recurrence")
        chosen = {"future_events": "next", "all_events": "all"}.get(chosen, chosen)
        wizard = self.with_context(default_recurrence=chosen)
        return super(CalendarPopoverDeleteWizard, wizard).action_delete()

    def _compute_subject(self):
        """Override of `calendar`: as the client reads it."""
        return super(CalendarPopoverDeleteWizard, self._as_read())._compute_subject()

    def _compute_body(self):
        """Override of `calendar`: as the client reads it."""
        return super(CalendarPopoverDeleteWizard, self._as_read())._compute_body()

    def _as_read(self):
        """Return this with what the mail to the first client says.

        Not for who may not delete it: with whom a private appointment is, is secret.
        """
        events = self.calendar_event_id._origin
        guests = events._get_outside_guests() if events.has_access("unlink") else {}
        guest = next((found[0] for found in guests.values() if found), None)
        return (
            self.with_context(**self._prepare_guest_context(guest)) if guest else self
        )

    def _prepare_guest_context(self, guest):
        """Return the context in which a mail is written to this guest.

        It names the appointments that are cancelled, of a series those still to come.
        """
        event, now = self.calendar_event_id._origin, fields.Datetime.now()
        # sudo: which of its appointments there are, for the guest's own mail; who may
        # not delete them reads and sends none
        theirs = (
            event.sudo()
            ._get_deleted_with(self._get_chosen())
            .filtered(lambda one: guest in one.partner_ids and one.stop > now)
        )
        guests_lang = (theirs or event).with_context(lang=guest.lang)
        dates = guests_lang.sorted("start").mapped("public_date")
        more = len(dates) - 1
        if len(dates) > _NAMED:
            rest = guests_lang.env._(
                "and %(count)s more, the last one %(date)s",
                count=len(dates) - _NAMED,
                date=dates[-1],
            )
            dates = [*dates[:_NAMED], rest]
        return {
            "guest_name": guest.name,
            "guest_lang": guest.lang,
            "cancelled_dates": dates,
            "cancelled_more": more
            and guests_lang.env._(" and %(count)s more", count=more),
        }
