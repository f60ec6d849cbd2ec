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
        [("notification_type", "=", CHANNEL), ("notification_status", "=", "ready")]
    )
    for message in parts.konfidens_payment_message_id.try_lock_for_update():
        message._fail(
            in_each_language(
                message,
                lambda one: one.env._(
                    "The addon for electronic invoices was uninstalled before its "
                    "document left."
                ),
            )
        )
