from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import again_on_conflict, do_in_batches, in_batch_or_singly
from .mail_notification import FAILURES

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
        if (
            self._has_unfinished()
            and self._fail_unconfirmed()
            and self.env["account.move"]._complete_again()
            and self._complete_reported()
            and self._settle_parts()
        ):
            self.env["ir.cron"]._commit_progress(remaining=0)

    def _complete_reported(self):
        """Note what was reported of sent messages, and complete their invoices.

        :return: whether it is done, and there is time left
        """

        def read_reports(messages):
            locked = messages._lock_with_invoices()
            locked._read_reports()
            return locked

        # of two channels the other may be on its way
        reported = Domain(self._get_reported_domain())
        return do_in_batches(self, reported, "sent_date, id", read_reports)

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
        arrivals = {}
        for message in self._hold_common_refusals():
            arrived = message.notification_ids.filtered(
                lambda notification: notification.notification_status == "sent"
            )
            if message.state != "sent":
                continue  # put back with one before
            if not arrived:
                # whatever is wrong with one must not stop the others
                in_batch_or_singly(
                    message, lambda one: one._retry_or_fail(), lambda *_failed: None
                )
            elif message._waits_for_bounce(arrived):
                message._note_all_left()
            else:
                channel, address = message._get_arrival(arrived)
                arrivals.setdefault(channel, {})[message.id] = address
        delivered = self.browse()
        for channel, addresses in arrivals.items():
            messages = self.browse(addresses)._set_delivered(channel, addresses)
            # what arrived tells, too, that nothing stands in the way any more
            self.env["konfidens.payment.pause"]._end_after(messages, channel)
            delivered += messages
        delivered._complete_invoices()
        delivered._wake_for_parts()
        (self - delivered).line_ids.move_id._notify_open_forms()

    def _get_arrival(self, arrived):
        """Return by what this message is known to have arrived, and at which address.

        :param arrived: the `mail.notification` records that report delivery
        """
        self.ensure_one()
        sms = arrived.filtered(lambda part: part.notification_type == "sms")
        if sms:
            return "sms", sms[0].sms_number
        return "email", self.partner_id.email_normalized

    def _complete_invoices(self):
        """Complete the invoices of these messages, which arrived now.

        The messages and their invoices are locked by the caller.
        """
        # nothing but a payment message completes an invoice
        paying = self.filtered(lambda message: message.kind == "payment")
        moves = paying.line_ids.move_id
        moves.is_move_sent = True
        self.filtered(
            lambda message: "draft" not in message.line_ids.move_id.mapped("state")
        )._log(lambda message: message._describe_delivery())
        moves._complete_delivered()
        self.line_ids.move_id._notify_open_forms()

    def _waits_for_bounce(self, arrived):
        """Return whether an accepted e-mail does not count yet.

        For as long as the company waits for mail servers that accept everything and
        send it back later. An SMS that was delivered counts at once.

        :param arrived: the `mail.notification` records that report delivery
        """
        wait = self.company_id.payments_bounce_wait_minutes
        if not wait or set(arrived.mapped("notification_type")) != {"email"}:
            return False
        if not self.bounce_wait_until:
            self.bounce_wait_until = fields.Datetime.now() + timedelta(minutes=wait)
            self._trigger_completion(self.bounce_wait_until)
        return self.bounce_wait_until > fields.Datetime.now()
