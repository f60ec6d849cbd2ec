from odoo import models


class KonfidensPaymentMessage(models.Model):
    """What asks a person although the message arrived by its other channel.

    An SMS of which nobody knows whether it left, beside an e-mail that arrived. What
    is known not to have arrived asks nobody then: one channel is enough.
    """

    _inherit = "konfidens.payment.message"

    def _ask_about_unknown(self):
        """Ask about the posted invoices of these messages, if one part is unknown."""
        for message in self.filtered(lambda message: message.state == "delivered"):
            if message.notification_ids.filtered(lambda part: part._is_unknown()):
                practice = message._in_practice_language()
                for move in message._get_open_lines().move_id:
                    if move.state == "posted":
                        move._ask_to_mend(practice._get_interruption())

    def _note_known(self):
        """Take back what was asked: the unknown part of these messages arrived."""
        delivered = self.filtered(lambda message: message.state == "delivered")
        moves = delivered.line_ids.move_id
        moves.filtered(lambda move: move.state == "posted")._mended()


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def write(self, vals):
        """Override of `mail` to ask about an SMS of unknown fate, once it is that."""
        if "notification_status" not in vals:
            return super().write(vals)
        # sudo: whoever reports a delivery need not see the notification
        parts = self.sudo().filtered(lambda part: part.notification_type == "sms")
        unknown = parts.filtered(lambda part: part._is_unknown())
        result = super().write(vals)
        now_unknown = parts.filtered(lambda part: part._is_unknown()) - unknown
        now_unknown.konfidens_payment_message_id._ask_about_unknown()
        arrived = unknown.filtered(lambda part: part.notification_status == "sent")
        arrived.konfidens_payment_message_id._note_known()
        return result

    def _is_unknown(self):
        """Return whether nobody knows if this part of a payment message left."""
        self.ensure_one()
        if (
            self.notification_type != "sms"
            or self.notification_status != "exception"
            or self.failure_type != "unknown"
            or not self.konfidens_payment_message_id
        ):
            return False
        messages = self.konfidens_payment_message_id
        # it was written down in the language of the job
        return self.failure_reason in {
            messages.with_context(lang=code)._get_interruption()
            for code, _name in self.env["res.lang"].get_installed()
        }


class AccountMove(models.Model):
    _inherit = "account.move"

    def _complete_delivered(self):
        """Override to ask about SMS of unknown fate: posting asks nobody any more."""
        result = super()._complete_delivered()
        # sudo: the message asks, whoever completes
        self.sudo().payment_message_ids._ask_about_unknown()
        return result
