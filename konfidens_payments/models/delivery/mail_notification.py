from odoo import models

from ...tools import is_quiet

FAILURES = ("bounce", "exception")


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def write(self, vals):
        """Override of `mail` to wake the completion of delivered invoices.

        Nothing is decided here, where `mail.mail._send` marks a notification as
        failed for a moment before it sends: the cron reads what was committed.
        """
        status = vals.get("notification_status")
        if status == "sent" and is_quiet(self):
            # our own job, which wakes the completion itself
            return super().write(vals)
        # sudo: whoever reports a delivery need not see the notification
        parts = self.sudo()
        arrived = parts.filtered(
            lambda notification: (
                status in FAILURES and notification.notification_status == "sent"
            )
        )
        result = super().write(vals)
        messages = parts.konfidens_payment_message_id
        if status == "sent":
            messages._note_late_delivery()
            messages._note_part_arrived()
        if status in FAILURES:
            (messages - arrived.konfidens_payment_message_id)._wake_for_parts()
            arrived.konfidens_payment_message_id._note_late_bounce()
        if (status == "sent" or status in FAILURES) and any(
            message.state == "sent" for message in messages
        ):
            messages._trigger_completion()
        return result
