from odoo import api, fields, models


class KonfidensPaymentBooking(models.Model):
    """The buttons for a booking that needs attention: those of its invoice."""

    _inherit = "konfidens.payment.booking"

    is_draft = fields.Boolean(
        compute="_compute_attention", compute_sudo=True, export_string_translation=False
    )
    can_send_again = fields.Boolean(
        compute="_compute_attention", compute_sudo=True, export_string_translation=False
    )
    has_other_channel = fields.Boolean(
        compute="_compute_attention", compute_sudo=True, export_string_translation=False
    )

    @api.depends(
        "invoice_id.state", "invoice_id.can_send_again", "invoice_id.has_other_channel"
    )
    def _compute_attention(self):
        for booking in self:
            invoice = booking._origin.invoice_id
            booking.is_draft = invoice.state == "draft"
            booking.can_send_again = invoice.can_send_again
            booking.has_other_channel = invoice.has_other_channel

    def action_send_again(self):
        """Send the payment messages of these bookings again, by the same channel.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: an invoice cannot have a payment message
        """
        return self._get_billed_invoices().action_send_again()

    def action_other_channel(self):
        """Send the payment messages of these bookings by the other channel.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: a payer cannot be reached by the other channel
        """
        return self._get_billed_invoices().action_other_channel()

    def action_complete_invoice(self):
        """Complete the invoices of these bookings.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: one is no draft, or Odoo refuses to post it
        """
        self._get_billed_invoices().action_complete_invoice()
