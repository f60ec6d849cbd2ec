from odoo import api, fields, models


class CalendarPopoverDeleteWizard(models.TransientModel):
    _inherit = "calendar.popover.delete.wizard"

    payment_note = fields.Char(
        compute="_compute_payment_note",
        compute_sudo=False,
        export_string_translation=False,
        help="What becomes of the payment, for who may see it.",
    )

    @api.depends("calendar_event_id", "delete")
    @api.depends_context("uid", "default_recurrence")
    def _compute_payment_note(self):
        for wizard in self:
            # the second of Odoo's dialogs knows what was chosen in the first
            chosen = self.env.context.get("default_recurrence") or wizard.delete
            event = wizard.calendar_event_id._origin.sudo(False)
            wizard.payment_note = event and event.get_deletion_note(chosen)

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
