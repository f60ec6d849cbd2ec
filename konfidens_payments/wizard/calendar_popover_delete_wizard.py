from odoo import models


class CalendarPopoverDeleteWizard(models.TransientModel):
    _inherit = "calendar.popover.delete.wizard"

    def action_send_mail_and_delete(self):
        """Override of `calendar`: clients are told when, and not what, is cancelled."""
        event = self.calendar_event_id
        if not event._is_neutral_outside():
            return super().action_send_mail_and_delete()
        # sudo: whoever cancels an appointment tells so with the practice's words
        template = self.env.ref(
            "konfidens_payments.mail_template_appointment_cancelled"
        ).sudo()
        # Without Odoo's layout, which writes the title above it.
        template.send_mail(event.id, force_send=True)
        return self.action_delete()
