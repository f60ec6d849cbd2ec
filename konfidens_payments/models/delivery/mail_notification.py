from odoo import models

FAILURES = ("bounce", "exception")


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def write(self, vals):
        """Override of `mail` to wake the completion of delivered invoices.

        Nothing is decided here, where `mail.mail._send` marks a notification as
        failed for a moment before it sends: the cron reads what was committed.
        """
        if self.env.context.get("konfidens_payments_sending"):
            # our own job, which wakes the completion itself
            return super().write(vals)
        status = vals.get("notification_status")
        # sudo: whoever reports a delivery need not see the notification
        arrived = self.sudo().filtered(
            lambda notification: (
                status in FAILURES and notification.notification_status == "sent"
            )
        )
        result = super().write(vals)
        if status == "sent" or status in FAILURES:
            messages = self._get_payment_messages()
            if status == "sent":
                messages._note_late_delivery()
            if any(message.state == "sent" for message in messages):
                messages._trigger_completion()
        if arrived:
            arrived._get_payment_messages()._note_late_bounce()
        return result

    def _get_payment_messages(self):
        # sudo: whoever reports a delivery need not see payment messages
        messages = self.env["konfidens.payment.message"].sudo()
        return messages.search(
            [("mail_message_ids", "in", self.sudo().mail_message_id.ids)]
        )
