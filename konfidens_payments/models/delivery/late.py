from odoo import models

from ...tools import in_each_language


class KonfidensPaymentMessage(models.Model):
    """What a report changes that comes when all seemed settled."""

    _inherit = "konfidens.payment.message"

    def _note_late_delivery(self):
        """Count what was given up as sent again: a report came after all.

        Not of what another message is on its way for, or was changed since.
        """
        for message in self.filtered(lambda message: message.state == "failed"):
            lines = message.line_ids.filtered(
                lambda line: (
                    line._has_told_amount()
                    and set(line._get_later().mapped("state")) <= {"scheduled"}
                )
            )
            if lines:
                later = lines._get_later()
                later.message_id._cancel_scheduled()
                # so that the database sees what is over before what begins anew
                later.flush_recordset(["pending"])
                lines.move_id._mended()
                message._leave_failed(message.line_ids - lines)
                message._set_sent_after_all()

    def _leave_failed(self, lines):
        """Let these lines of a failed message stay failed, in a message of their own.

        The payer has the message after all, but what it said of these is not so now.
        """
        self.ensure_one()
        if lines:
            lines.message_id = self.copy({"state": self.state})

    def _note_late_bounce(self):
        """Note what had counted as delivered and came back, by every channel.

        The invoice stands; the appointment needs attention until it is paid. A draft
        that could not be completed yet stays a draft.
        """
        for message in self.filtered(lambda message: message.state == "delivered"):
            if "sent" in message.notification_ids.mapped("notification_status"):
                continue
            moves = message.line_ids.move_id
            if "draft" in moves.mapped("state"):
                message._fail(
                    in_each_language(
                        message, lambda one: one._get_refusal(one.notification_ids)
                    )
                )
                continue
            message._set_came_back(
                in_each_language(message, lambda one: one._get_late_bounce())
            )
            message._log(lambda message: message._describe_failure())
            for move in message._get_open_lines().move_id:
                message._ask_to_mend(
                    move, in_each_language(message, lambda one: one.failure_reason)
                )

    def _get_late_bounce(self):
        """Return what came back after all was completed, in the user's language."""
        if email := self._get_notifications("email"):
            return self.env._(
                "The e-mail to %(address)s came back after the invoice was completed.",
                address=email.mail_email_address or self.partner_id.email_normalized,
            )
        return self.env._(
            "The SMS was reported undelivered after the invoice was completed."
        )
