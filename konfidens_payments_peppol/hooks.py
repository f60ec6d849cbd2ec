"""What uninstalling leaves to people, and to the channels that stay."""

from odoo.addons.konfidens_payments.tools import in_each_language

from .models.channel.konfidens_payment_message import CHANNEL


def uninstall_hook(env):
    """Let nobody believe that a document leaves that nobody sends any more.

    What is scheduled goes by e-mail from now on.
    """
    payments = env["ir.module.module"].search([("name", "=", "konfidens_payments")])
    if payments.state == "to remove":
        return  # which sees to all of its messages itself
    parts = env["mail.notification"].search(
        [
            ("notification_type", "=", CHANNEL),
            ("notification_status", "in", ("ready", "process")),
        ]
    )
    unclear = parts.filtered(lambda part: part.notification_status == "process")
    # so that it is sent by no other channel before somebody has asked the buyer
    unclear.write(
        {"notification_status": "exception", "failure_type": "peppol_unconfirmed"}
    )
    for message in unclear.konfidens_payment_message_id:
        message._fail(message._explain(message.notification_ids))
    waiting = (parts - unclear).konfidens_payment_message_id
    for message in waiting.try_lock_for_update():
        message._fail(
            in_each_language(
                message,
                lambda one: one.env._(
                    "The addon for electronic invoices was uninstalled before its "
                    "document left."
                ),
            )
        )
