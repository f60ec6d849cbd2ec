from odoo import models

from ..channel.konfidens_payment_message import CHANNEL


class KonfidensPaymentBooking(models.Model):
    """Appointments that are called off while their documents wait."""

    _inherit = "konfidens.payment.booking"

    def _call_off(self):
        """Override: what somebody is asked to credit does not leave before that.

        What a person sends afterwards does.
        """
        moves = self.invoice_id
        result = super()._call_off()
        for move in moves.filtered(lambda move: move.state == "posted"):
            others = move.booking_ids - self
            if all(booking._is_called_off() for booking in others):
                move._call_off_document()
        return result


class AccountMove(models.Model):
    _inherit = "account.move"

    def _call_off_document(self):
        """Call off this invoice's document, unless it has left or is leaving."""
        self.ensure_one()
        # sudo: whoever calls off an appointment need not see its messages
        lines = self.sudo().payment_message_line_ids.filtered(
            lambda line: line.pending and line.message_id.channel == CHANNEL
        )
        lines.message_id._cancel_scheduled()
        for line in lines.filtered("pending"):
            message = line.message_id
            if message._get_waiting() == message.notification_ids:
                message._take_back(line)
