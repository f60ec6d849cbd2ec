from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_datetime

from ...tools import again_on_conflict

BATCH_SIZE = 100
REPORTED = ("sent", "bounce", "exception", "canceled")


class KonfidensPaymentMessage(models.Model):
    """How a payment message is known to have arrived, and what follows."""

    _inherit = "konfidens.payment.message"

    @api.model
    @again_on_conflict
    def _cron_complete_delivered(self):
        """Complete the drafts whose payment message was delivered.

        Decided from committed notifications of `mail`. A draft whose message failed
        stays a draft.
        """
        if not self._has_unfinished():
            return
        self._forget_left()
        self._fail_unconfirmed()
        self._complete_again()
        reported = self._get_reported_domain()
        seen = []  # one of two channels may have failed while the other is on its way
        time_left = True
        while time_left:
            domain = [*reported, ("id", "not in", seen)]
            messages = self.search(domain, order="sent_date, id", limit=BATCH_SIZE)
            messages = messages._with_companions()
            seen += messages.ids
            locked = messages._lock_with_invoices()
            if not locked:
                break
            locked._read_reports()
            domain = [*reported, ("id", "not in", seen)]
            time_left = self.env["ir.cron"]._commit_progress(
                len(locked), remaining=self.search_count(domain)
            )

    def _get_reported_domain(self):
        return [
            ("state", "=", "sent"),
            "|",
            ("bounce_wait_until", "=", False),
            "|",
            ("bounce_wait_until", "<=", fields.Datetime.now()),
            (
                "mail_message_ids.notification_ids",
                "any",
                [
                    ("notification_type", "=", "sms"),
                    ("notification_status", "=", "sent"),
                ],
            ),
            (
                "mail_message_ids.notification_ids.notification_status",
                "in",
                REPORTED,
            ),
        ]

    def _read_reports(self):
        """Note delivery or failure of these sent messages, and complete invoices."""
        delivered = self.browse()
        for bundle in self._split_by_sent_mail():
            arrived = bundle._get_notifications().filtered(
                lambda notification: notification.notification_status == "sent"
            )
            if not arrived:
                bundle._retry_or_fail()
            elif not bundle._waits_for_bounce(arrived):
                evidence = bundle._in_practice_language()._get_evidence(arrived)
                bundle.write(bundle._prepare_delivery_values(evidence))
                delivered += bundle
        delivered.move_id.is_move_sent = True
        delivered.filtered(lambda message: message.move_id.state != "draft")._log(
            lambda message: message._describe_delivery()
        )
        delivered._complete_invoices()
        self._notify_open_forms()

    def _waits_for_bounce(self, arrived):
        """Return whether an accepted e-mail does not count yet.

        For as long as the company waits for mail servers that accept everything and
        send it back later. An SMS that was delivered counts at once.

        :param arrived: the `mail.notification` records that report delivery
        """
        wait = self.company_id.payments_bounce_wait_minutes
        if not wait or "sms" in arrived.mapped("notification_type"):
            return False
        if not self[0].bounce_wait_until:
            self.bounce_wait_until = fields.Datetime.now() + timedelta(minutes=wait)
            self._trigger_completion(self[0].bounce_wait_until)
        return self[0].bounce_wait_until > fields.Datetime.now()

    def _get_notifications(self, notification_type=None):
        """Return what `mail` knows of this bundle, of one type or of all."""
        return self.mail_message_ids.notification_ids.filtered(
            lambda notification: (
                notification.res_partner_id == self.partner_id
                and notification.notification_type
                == (notification_type or notification.notification_type)
            )
        )

    def _get_evidence(self, arrived):
        """Return in words how it is known that this bundle arrived now.

        :param arrived: the `mail.notification` records that report delivery
        """
        time = format_datetime(
            self.env,
            fields.Datetime.now(),
            tz=self.move_id[:1]._get_payment_tz(),
            dt_format="short",
        )
        sms = arrived.filtered(
            lambda notification: notification.notification_type == "sms"
        )
        if sms:
            return self.env._(
                "SMS to %(number)s delivered %(time)s.",
                number=sms[0].sms_number,
                time=time,
            )
        return self.env._(
            "E-mail to %(address)s accepted by the mail server %(time)s.",
            address=self.partner_id.email_normalized,
            time=time,
        )

    def _prepare_delivery_values(self, evidence):
        return {
            "state": "delivered",
            "delivered_date": fields.Datetime.now(),
            "failure_reason": False,
            "next_try_date": False,
            "leaves_late": self._has_waiting_part(),
            "evidence": evidence,
        }

    def _notify_open_forms(self):
        """Tell who sent it and whose appointment it is that the invoice changed."""
        for message in self:
            for user in message.create_uid | message.move_id.booking_ids.user_id:
                user._bus_send(
                    "konfidens_payments/invoice_changed",
                    {"move_id": message.move_id.id},
                )
