from odoo import models


class KonfidensPaymentMessage(models.Model):
    """What a report changes that comes when all seemed settled."""

    _inherit = "konfidens.payment.message"

    def _note_late_delivery(self):
        """Count what was given up as sent again: a report came after all.

        Unless another message is on its way, or the client was told another amount.
        """
        for message in self.filtered(lambda message: message.state == "failed"):
            messages = message.move_id.payment_message_ids
            later = messages.filtered(
                lambda other, message=message: (
                    other.id > message.id and other.state != "cancelled"
                )
            )
            if message._has_told_amount() and all(
                other.state == "scheduled" for other in later
            ):
                later._cancel_scheduled()
                message.move_id._mended()
                message.write(
                    {"state": "sent", "failure_reason": False, "is_unsolved": False}
                )

    def _note_late_bounce(self):
        """Note what had counted as delivered and came back, by every channel.

        The invoice stands; the appointment needs attention until it is paid. A draft
        that could not be completed yet stays a draft.
        """
        for message in self.filtered(lambda message: message.state == "delivered"):
            message = message._in_practice_language()
            notifications = message._get_notifications()
            if "sent" in notifications.mapped("notification_status"):
                continue
            if message.move_id.state == "draft":
                message._fail(message._get_refusal(notifications))
                continue
            message.failure_reason = (
                message.env._(
                    "The e-mail to %(address)s came back after the invoice was "
                    "completed.",
                    address=message.partner_id.email_normalized,
                )
                if "email" in notifications.mapped("notification_type")
                else message.env._(
                    "The SMS was reported undelivered after the invoice was completed."
                )
            )
            message.write({"is_unsolved": True, "came_back": True})
            message._log(lambda message: message._describe_failure())
            message.move_id._ask_to_mend(message.failure_reason)
