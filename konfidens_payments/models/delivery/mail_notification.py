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
        arrived = self.sudo().filtered(
            lambda notification: (
                status in FAILURES and notification.notification_status == "sent"
            )
        )
        failed = self.sudo().filtered(
            lambda notification: (
                status in FAILURES and notification.notification_status != "sent"
            )
        )
        result = super().write(vals)
        failed.konfidens_payment_message_id._note_unsettled_part()
        if status == "sent" or status in FAILURES:
            messages = self.sudo().konfidens_payment_message_id
            if status == "sent":
                messages._note_late_delivery()
            if any(message.state == "sent" for message in messages):
                messages._trigger_completion()
        if arrived:
            arrived.konfidens_payment_message_id._note_late_bounce()
        return result
