from odoo import fields, models


class CalendarEvent(models.Model):
    """The buttons for a booking that needs attention: those of its invoice."""

    _inherit = "calendar.event"

    can_send_again = fields.Boolean(related="invoice_id.can_send_again")
    has_other_channel = fields.Boolean(related="invoice_id.has_other_channel")
    # its changes stand in the invoice's chatter
    invoice_state = fields.Selection(
        related="invoice_id.state", string="Invoice Status", tracking=False
    )

    def action_send_again(self):
        """Send the payment messages of these bookings again, by the same channel.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: an invoice cannot have a payment message
        """
        self._get_billed_invoices().action_send_again()

    def action_other_channel(self):
        """Send the payment messages of these bookings by the other channel.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: a payer cannot be reached by the other channel
        """
        self._get_billed_invoices().action_other_channel()

    def action_complete_invoice(self):
        """Complete the invoices of these bookings.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: one is no draft, or Odoo refuses to post it
        """
        self._get_billed_invoices().action_complete_invoice()

    def _get_billed_invoices(self):
        """Return the invoices in force, after checking who asks."""
        self._check_billing_access()
        # sudo: access was checked; what is done with them checks it once more
        return self.sudo().invoice_id.with_env(self.env)
