from odoo import fields, models


class MailMessage(models.Model):
    _inherit = "mail.message"

    # The other side of konfidens.payment.message's field, so that a batch of
    # messages is created together with its links.
    konfidens_payment_message_ids = fields.Many2many(
        "konfidens.payment.message",
        "konfidens_payment_message_mail_message_rel",
        "mail_message_id",
        "payment_message_id",
        export_string_translation=False,
        groups="base.group_system",
    )
