from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_datetime

BATCH_SIZE = 100
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
        self._fail_unconfirmed()
        self._complete_again()
        domain = self._get_reported_domain()
        time_left = True
        while time_left:
            messages = self.search(domain, order="sent_date, id", limit=BATCH_SIZE)
            locked = messages._lock_with_invoices()
            if not locked:
                break
            locked._read_reports()
            time_left = self.env["ir.cron"]._commit_progress(
                len(locked), remaining=self.search_count(domain)
            )

    def _get_reported_domain(self):
        return [
            ("state", "=", "sent"),
            "|",
            ("bounce_wait_until", "=", False),
            ("bounce_wait_until", "<=", fields.Datetime.now()),
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
                if message._waits_for_bounce():
                    continue
                message.write(message._prepare_delivery_values())
                delivered += message
            elif all(
                notification.notification_status in REPORTED
                for notification in notifications
            ):
                message._retry_or_fail(notifications)
        delivered.move_id.is_move_sent = True
        delivered._complete_invoices()
        self._notify_open_forms()

    def _waits_for_bounce(self):
        """Return whether an accepted e-mail does not count yet.

        For as long as the company waits for mail servers that accept everything and
        send it back later.
        """
        self.ensure_one()
        wait = self.company_id.payments_bounce_wait_minutes
        if not wait or self.bounce_wait_until:
            return False
        self.bounce_wait_until = fields.Datetime.now() + timedelta(minutes=wait)
        self._trigger_completion(self.bounce_wait_until)
        return True

    def _get_notifications(self):
        self.ensure_one()
        return self.mail_message_ids.notification_ids.filtered(
            lambda notification: notification.res_partner_id == self.partner_id
        )

    def _prepare_delivery_values(self):
        self.ensure_one()
        now = fields.Datetime.now()
        message = self.with_context(lang=self.company_id.partner_id.lang)
        return {
            "state": "delivered",
            "delivered_date": now,
            "failure_reason": False,
            "next_try_date": False,
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

    def _notify_open_forms(self):
        """Tell who sent it and whose appointment it is that the invoice changed."""
        for message in self:
            for user in message.create_uid | message.move_id.booking_ids.user_id:
                user._bus_send(
                    "konfidens_payments/invoice_changed",
                    {"move_id": message.move_id.id},
                )
