from odoo import fields, models


class MailNotification(models.Model):
    """A part of a payment message: its e-mail or its SMS, and where that is."""

    _inherit = "mail.notification"

    konfidens_payment_message_id = fields.Many2one(
        "konfidens.payment.message",
        index="btree_not_null",
        ondelete="set null",
        export_string_translation=False,
        groups="base.group_system",
    )

    # For its message's next try. A part that was not tried yet does not wait for that
    # of the other one.
    payment_waits = fields.Boolean(
        groups="base.group_system", export_string_translation=False
    )

    failure_type = fields.Selection(
        selection_add=[
            ("mail_garbled", "The answer of the mail server makes no sense"),
            ("mail_hung_up", "The mail server closed the connection"),
            ("mail_unconfirmed", "The mail server does not confirm"),
            ("sms_unconfirmed", "Nobody knows whether the SMS left"),
        ]
    )

    # What has not left: few rows, however many there are in the table.
    _payment_waiting_index = models.Index(
        "(konfidens_payment_message_id) WHERE konfidens_payment_message_id IS NOT NULL"
        " AND notification_status IN ('ready', 'process')"
    )


class KonfidensPaymentMessage(models.Model):
    _inherit = "konfidens.payment.message"

    notification_ids = fields.One2many(
        "mail.notification",
        "konfidens_payment_message_id",
        export_string_translation=False,
        groups="base.group_system",
    )

    def _get_notifications(self, notification_type):
        """Return what `mail` knows of these messages' e-mails, or of their SMS."""
        return self.notification_ids.filtered(
            lambda notification: notification.notification_type == notification_type
        )
