from datetime import timedelta

from odoo import api, fields, models

from ...tools import again_on_conflict
from .mail_notification import FAILURES

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
        self._fail_unconfirmed()
        self.env["account.move"]._complete_again()
        reported = self._get_reported_domain()
        seen = []  # one of two channels may have failed while the other is on its way
        time_left = True
        while time_left:
            domain = [*reported, ("id", "not in", seen)]
            messages = self.search(domain, order="sent_date, id", limit=BATCH_SIZE)
            seen += messages.ids
            locked = messages._lock_with_invoices()
            if not locked:
                break
            locked._read_reports()
            domain = [*reported, ("id", "not in", seen)]
            time_left = self.env["ir.cron"]._commit_progress(
                len(locked), remaining=self.search_count(domain)
            )

    def _lock_with_invoices(self):
        """Return those of these messages that nobody works on, locked with invoices."""
        locked = self.try_lock_for_update()
        moves = locked.line_ids.move_id.try_lock_for_update()
        locked = locked.filtered(lambda message: message.line_ids.move_id <= moves)
        if locked != self:
            # the others as soon as whoever works on them is done
            self._trigger_completion(fields.Datetime.now() + timedelta(seconds=5))
        return locked

    def _get_reported_domain(self):
        return [
            ("state", "=", "sent"),
            "|",
            ("bounce_wait_until", "=", False),
            "|",
            ("bounce_wait_until", "<=", fields.Datetime.now()),
            # what ends the wait
            "|",
            ("notification_ids.notification_status", "in", FAILURES),
            (
                "notification_ids",
                "any",
                [
                    ("notification_type", "=", "sms"),
                    ("notification_status", "=", "sent"),
                ],
            ),
            (
                "notification_ids.notification_status",
                "in",
                REPORTED,
            ),
        ]

    def _read_reports(self):
        """Note delivery or failure of these sent messages, and complete invoices."""
        delivered = self.browse()
        for message in self:
            arrived = message.notification_ids.filtered(
                lambda notification: notification.notification_status == "sent"
            )
            if not arrived:
                message._retry_or_fail()
            elif message._waits_for_bounce(arrived):
                message._note_all_left()
            else:
                delivered += message._note_arrival(arrived)
        delivered._complete_invoices()
        (self - delivered).line_ids.move_id._notify_open_forms()

    def _complete_invoices(self):
        """Complete the invoices of these messages, which arrived now.

        The messages and their invoices are locked by the caller.
        """
        moves = self.line_ids.move_id
        moves.is_move_sent = True
        self.filtered(
            lambda message: "draft" not in message.line_ids.move_id.mapped("state")
        )._log(lambda message: message._describe_delivery())
        moves._complete_delivered()
        moves._notify_open_forms()

    def _waits_for_bounce(self, arrived):
        """Return whether an accepted e-mail does not count yet.

        For as long as the company waits for mail servers that accept everything and
        send it back later. An SMS that was delivered counts at once.

        :param arrived: the `mail.notification` records that report delivery
        """
        wait = self.company_id.payments_bounce_wait_minutes
        if not wait or "sms" in arrived.mapped("notification_type"):
            return False
        if not self.bounce_wait_until:
            self.bounce_wait_until = fields.Datetime.now() + timedelta(minutes=wait)
            self._trigger_completion(self.bounce_wait_until)
        return self.bounce_wait_until > fields.Datetime.now()

    def _note_arrival(self, arrived):
        """Note that this message arrived: by its SMS, where that was delivered.

        :param arrived: the `mail.notification` records that report delivery
        :return: this message, if it can be delivered
        """
        sms = arrived.filtered(
            lambda notification: notification.notification_type == "sms"
        )
        if sms:
            return self._set_delivered("sms", sms[0].sms_number)
        return self._set_delivered("email", self.partner_id.email_normalized)
