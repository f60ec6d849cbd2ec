import logging
import smtplib
import time

from odoo import api, fields, models, modules
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...tools import again_on_conflict, in_each_language
from .hand_over import BATCH_SIZE, OWN_QUEUE

_logger = logging.getLogger(__name__)

# While many mails are sent, the completion of their invoices is woken this often.
WAKE_INTERVAL = 1.0  # seconds


class KonfidensPaymentMessage(models.Model):
    """How the mails leave that were handed over to `mail`."""

    _inherit = "konfidens.payment.message"

    @again_on_conflict
    def _send_handed_over(self):
        """Send our outgoing mails, each with a commit of its own.

        What a kill or an outage left behind is found here again: it keeps its
        Message-ID.
        """
        notifications = self._get_waiting_parts("email")
        notifications.konfidens_payment_message_id._call_off_unwanted()
        mails = notifications.mail_mail_id.filtered(
            lambda mail: mail.state == "outgoing"
        )
        time_left = True
        while mails and time_left:
            left = self._send_batch(mails[:BATCH_SIZE])
            mails = left + mails[BATCH_SIZE:]
            time_left = self.env["ir.cron"]._commit_progress(remaining=len(mails))

    def _send_batch(self, mails):
        """Send these mails through one connection to the mail server.

        :return: those that are left, where the server closed the connection
        """
        jobs = self.env["ir.cron"]
        woken = 0.0

        def note(mail_ids):
            nonlocal woken
            # Each for itself, and once more all together. Odoo puts off a job that
            # was killed three times without getting on.
            jobs._commit_progress(int(len(mail_ids) == 1))
            if time.monotonic() - woken > WAKE_INTERVAL:
                woken = time.monotonic()
                self._trigger_completion()

        taken = set()
        try:
            mails.with_context(konfidens_payments_sending=taken).send(
                auto_commit=not modules.module.current_test, post_send_callback=note
            )
        except smtplib.SMTPServerDisconnected:
            _logger.warning("The mail server closed the connection", exc_info=True)
            self.env.cr.rollback()
            # The mail at which it happened waits for the next run; it must not hold
            # up the others.
            mails = mails.exists().filtered(lambda mail: mail.state == "outgoing")
            self._pause_after_hang_up(mails[:1])
            return mails[1:]
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            self.env.cr.rollback()
            mails.exists().filtered(lambda mail: mail.message_id in taken)._note_sent()
            raise
        # Odoo would delete each for itself, with queries for each.
        mails.exists().filtered(lambda mail: mail.state == "sent").unlink()
        self._trigger_completion()
        return mails.browse()

    def _pause_after_hang_up(self, mail):
        """Let the mail at which the server hung up wait, or give it up."""
        message = mail.notification_ids.konfidens_payment_message_id
        if message.state != "sent":
            return  # it arrived in another way: no next try
        reason = in_each_language(
            message,
            lambda one: one.env._("The mail server closed the connection."),
        )
        if message._is_overdue():
            message._fail(reason)
        else:
            message._try_again_later(message._get_notifications("email"), reason)
        self.env["ir.cron"]._commit_progress()

    @api.model
    def _get_waiting_parts(self, notification_type):
        """Return what has to leave now, by e-mail or SMS: `mail.notification` records.

        Also of a message that the other channel delivered, or whose pay link was
        opened, before all of it had left: the payer gets it all the same.
        """
        return self.env["mail.notification"].search(
            [
                ("konfidens_payment_message_id", "!=", False),
                ("notification_status", "in", ("ready", "process")),
                ("notification_type", "=", notification_type),
                "|",
                ("konfidens_payment_message_id.next_try_date", "=", False),
                (
                    "konfidens_payment_message_id.next_try_date",
                    "<=",
                    fields.Datetime.now(),
                ),
            ],
            order="id",
        )

    @api.autovacuum
    def _gc_sent_mails(self):
        """Delete the sent mails that nobody deleted.

        Because of a kill, or because Odoo's common queue sent them.
        """
        self.env["mail.mail"].search(
            [
                ("state", "=", "sent"),
                (
                    "mail_message_id.notification_ids.konfidens_payment_message_id",
                    "!=",
                    False,
                ),
                # not those that are being sent just now
                ("write_date", "<", fields.Datetime.now() - OWN_QUEUE),
            ]
        ).unlink()
