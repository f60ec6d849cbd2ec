from odoo import api, fields, models

from ..booking.figures import OVERDUE


class KonfidensPaymentBooking(models.Model):
    """The reminders of a booking: those of its invoice."""

    _inherit = "konfidens.payment.booking"

    next_reminder_date = fields.Datetime(
        "Next Reminder", compute="_compute_reminders", compute_sudo=True
    )
    reminder_count = fields.Integer(
        "Reminders", compute="_compute_reminders", compute_sudo=True
    )
    can_remind = fields.Boolean(
        compute="_compute_reminders",
        compute_sudo=True,
        export_string_translation=False,
    )
    can_stop_reminders = fields.Boolean(
        compute="_compute_reminders",
        compute_sudo=True,
        export_string_translation=False,
    )
    can_resume_reminders = fields.Boolean(
        compute="_compute_reminders",
        compute_sudo=True,
        export_string_translation=False,
    )

    @api.depends("invoice_id.reminder_story")
    def _compute_reminders(self):
        for booking in self:
            # as in the database: see `payment_status`
            invoice = booking._origin.invoice_id
            booking.next_reminder_date = invoice.next_reminder_date
            booking.reminder_count = invoice.reminder_count
            booking.can_remind = invoice.can_remind
            booking.can_stop_reminders = invoice.can_stop_reminders
            booking.can_resume_reminders = invoice.can_resume_reminders

    @api.depends("reminder_count")
    def _compute_wants_message(self):
        """Extended: whoever was reminded was told."""
        result = super()._compute_wants_message()
        for booking in self:
            if booking.reminder_count and booking.payment_status != "draft":
                booking.wants_message = False
        return result

    def _get_next_step(self):
        """Override: of what is unpaid, what happens with its reminders."""
        step = super()._get_next_step()
        if self.payment_status not in ("unpaid", "partial"):
            return step
        invoice = self._origin.invoice_id
        story = invoice.reminder_story
        # it says since when, or that nobody was told
        says_more = invoice.reminder_pause_reason == invoice._get_untold()
        if invoice.reminder_pause_reason and says_more:
            return story or step
        if self.overdue in OVERDUE and not self.wants_message:
            return story or step
        return " ".join(filter(None, (step, story))) or False

    # === ACTION METHODS === #

    def action_remind_now(self):
        """Remind of the invoices of these bookings now.

        :return: the action that tells what keeps the reminders from leaving, or False
        :raises AccessError: the user may not bill these bookings
        :raises UserError: with the reason for each that cannot be reminded of
        """
        return self._get_billed_invoices().action_remind_now()

    def action_stop_reminders(self):
        """Send no reminder of the invoices of these bookings, until they are resumed.

        :raises AccessError: the user may not bill these bookings
        """
        self._get_billed_invoices().action_stop_reminders()

    def action_resume_reminders(self):
        """Go on with the reminders of the invoices of these bookings.

        :raises AccessError: the user may not bill these bookings
        """
        self._get_billed_invoices().action_resume_reminders()
