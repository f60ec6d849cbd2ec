from odoo import models

from ...tools import again_on_conflict


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    def send_email(self, message, **kwargs):
        """Override of `base` to keep in the context's set what the mail server took."""
        message_id = super().send_email(message, **kwargs)
        taken = self.env.context.get("konfidens_payments_sending")
        if isinstance(taken, set):
            taken.add(message_id)
        return message_id


class MailMail(models.Model):
    _inherit = "mail.mail"

    @again_on_conflict
    def _note_sent(self):
        """Note that these mails have left, as `mail` does when nothing comes between.

        Who changes the client, say, while the mail server takes a mail makes
        PostgreSQL refuse that note; the mail would leave a second time.
        """
        mails = self.filtered(lambda mail: mail.state == "outgoing")
        mails.write({"state": "sent", "failure_type": False, "failure_reason": False})
        mails._postprocess_sent_message(mails.recipient_ids, [])
        self.env["ir.cron"]._commit_progress(len(mails))
