from odoo import models


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def write(self, vals):
        """Override of `mail` to wake the completion of delivered invoices.

        Nothing is decided here, where `mail.mail._send` marks a notification as
        failed for a moment before it sends: the cron reads what was committed.
        """
        result = super().write(vals)
        if vals.get("notification_status") in ("sent", "bounce", "exception"):
            # sudo: whoever reports a delivery need not see payment messages
            messages = self.env["konfidens.payment.message"].sudo()
            if messages.search_count(
                [
                    ("state", "=", "sent"),
                    ("mail_message_ids", "in", self.sudo().mail_message_id.ids),
                ],
                limit=1,
            ):
                messages._trigger_completion()
            if vals["notification_status"] == "bounce":
                messages.search(
                    [
                        ("state", "=", "delivered"),
                        ("mail_message_ids", "in", self.sudo().mail_message_id.ids),
                    ]
                )._note_late_bounce()
        return result
