import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_datetime

from ..tools import in_batch_or_singly

BATCH_SIZE = 100
SMTP_ANSWER = re.compile(r"\(\d{3}, b'([^']+)'\)")
REPORTED = ("sent", "bounce", "exception", "canceled")


class KonfidensPaymentMessage(models.Model):
    """How a payment message is known to have arrived, and what follows."""

    _inherit = "konfidens.payment.message"

    @api.model
    def _cron_complete_delivered(self):
        """Complete the drafts whose payment message was delivered.

        Decided from committed notifications of `mail`. A draft whose message failed
        stays a draft.
        """
        domain = self._get_reported_domain()
        time_left = True
        while time_left:
            messages = self.search(domain, order="sent_date, id", limit=BATCH_SIZE)
            locked = messages.try_lock_for_update()
            moves = locked.move_id.try_lock_for_update()
            locked = locked.filtered(
                lambda message, moves=moves: message.move_id in moves
            )
            if locked != messages:
                # Somebody is working on the others: again as soon as they are done.
                self._trigger_completion(fields.Datetime.now() + timedelta(seconds=5))
            if not locked:
                break
            locked._read_reports()
            time_left = self.env["ir.cron"]._commit_progress(
                len(locked), remaining=self.search_count(domain)
            )

    def _get_reported_domain(self):
        return [
            ("state", "=", "sent"),
            (
                "mail_message_ids.notification_ids.notification_status",
                "in",
                REPORTED,
            ),
        ]

    def _read_reports(self):
        """Note delivery or failure of these sent messages, and complete invoices."""
        delivered = self.browse()
        for message in self:
            notifications = message._get_notifications()
            if "sent" in notifications.mapped("notification_status"):
                message.write(message._prepare_delivery_values())
                delivered += message
            elif all(
                notification.notification_status in REPORTED
                for notification in notifications
            ):
                message._fail(message._get_refusal(notifications))
        delivered.move_id.is_move_sent = True
        in_batch_or_singly(
            delivered.filtered(lambda message: message.move_id.state == "draft"),
            lambda messages: messages.move_id._complete(),
            lambda message, error: message._note_completion_failure(error),
        )
        self._notify_open_forms()

    def _get_notifications(self):
        self.ensure_one()
        return self.mail_message_ids.notification_ids.filtered(
            lambda notification: notification.res_partner_id == self.partner_id
        )

    def _get_refusal(self, notifications):
        """Return in words why the mail server did not take the message."""
        self.ensure_one()
        for notification in notifications:
            if notification.failure_type == "mail_smtp":
                return self.env._("The mail server cannot be reached.")
            # as smtplib tells it: {'kari@example.com': (550, b'No such mailbox')}
            refused = SMTP_ANSWER.search(notification.failure_reason or "")
            if refused:
                return self.env._(
                    "The mail server refused %(address)s: %(answer)s",
                    address=self.partner_id.email_normalized,
                    answer=refused[1],
                )
        return ", ".join(
            notification.format_failure_reason() for notification in notifications
        )

    def _prepare_delivery_values(self):
        self.ensure_one()
        now = fields.Datetime.now()
        message = self.with_context(lang=self.company_id.partner_id.lang)
        return {
            "state": "delivered",
            "delivered_date": now,
            "evidence": message.env._(
                "E-mail to %(address)s accepted by the mail server %(time)s.",
                address=self.partner_id.email_normalized,
                time=format_datetime(
                    message.env,
                    now,
                    tz=self.move_id._get_payment_tz(),
                    dt_format="short",
                ),
            ),
        }

    def _note_completion_failure(self, error):
        self.failure_reason = self.env._(
            "The invoice could not be completed: %(reason)s", reason=error
        )

    def _notify_open_forms(self):
        """Tell who sent it and whose appointment it is that the invoice changed."""
        for message in self:
            for user in message.create_uid | message.move_id.booking_ids.user_id:
                user._bus_send(
                    "konfidens_payments/invoice_changed",
                    {"move_id": message.move_id.id},
                )
