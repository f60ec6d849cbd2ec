import logging
import smtplib
import time

from odoo import api, fields, models, modules
from odoo.fields import Domain

from ...tools import again_on_conflict
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
        messages = self._get_handed_over()
        messages._call_off_unwanted()
        mails = self.env["mail.mail"].search(
            [
                # sent: what a kill kept from being deleted
                ("state", "in", ("outgoing", "sent")),
                ("mail_message_id", "in", messages.mail_message_ids.ids),
            ],
            order="id",
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
            if time.monotonic() - woken > WAKE_INTERVAL:
                woken = time.monotonic()
                self._trigger_completion()
            # Each for itself, and once more all together. Odoo puts off a job that
            # was killed three times without getting on.
            jobs._commit_progress(int(len(mail_ids) == 1))

        try:
            mails.with_context(konfidens_payments_sending=True).send(
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
        # Odoo would delete each for itself, with queries for each.
        mails.exists().filtered(lambda mail: mail.state == "sent").unlink()
        self._trigger_completion()
        return mails.browse()

    def _pause_after_hang_up(self, mail):
        """Let the mail at which the server hung up wait, or give it up."""
        messages = self.search(
            [
                ("mail_message_ids", "in", mail.mail_message_id.ids),
                # one that arrived in another way has no next try
                ("state", "=", "sent"),
            ]
        )
        if not messages:
            return
        practice = messages._in_practice_language()
        reason = practice.env._("The mail server closed the connection.")
        if messages._is_overdue():
            messages._fail(reason)
        else:
            messages._try_again_later(messages._get_notifications("email"), reason)
        self.env["ir.cron"]._commit_progress()

    def _get_handed_over(self):
        """Return the messages of which something may have to leave now."""
        sent = Domain("state", "=", "sent") & (
            Domain("next_try_date", "=", False)
            | Domain("next_try_date", "<=", fields.Datetime.now())
        )
        # Its pay link was opened, or another channel delivered it, before the rest
        # left: the payer gets it all the same.
        late = Domain("state", "=", "delivered") & Domain("leaves_late", "=", True)
        return self.search(self._get_unfinished_domain() & (sent | late))

    @api.autovacuum
    def _gc_sent_mails(self):
        """Delete the sent mails that nobody deleted.

        Because of a kill, or because Odoo's common queue sent them.
        """
        self.env["mail.mail"].search(
            [
                ("state", "=", "sent"),
                ("mail_message_id.konfidens_payment_message_ids", "!=", False),
                # not those that are being sent just now
                ("write_date", "<", fields.Datetime.now() - OWN_QUEUE),
            ]
        ).unlink()
