import time

from odoo import api, models
from odoo.tools import SQL

from ...tools import again_on_conflict, quietly
from . import post as posts

# While many mails are sent, the completion of their invoices is woken this often.
WAKE_INTERVAL = 1.0  # seconds


class KonfidensPaymentMessage(models.Model):
    """What becomes of mails, written down before the next ones leave."""

    _inherit = "konfidens.payment.message"

    @api.model
    def _claim(self, mail_ids):
        """Mark these mails as being sent, if they wait still; the caller commits.

        In one statement, which leaves alone what somebody calls off just now.

        :return: set of ids
        """
        if not mail_ids:
            return set()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE mail_notification SET notification_status = 'process'
                WHERE id IN (
                    SELECT id FROM mail_notification
                    WHERE mail_mail_id IN %s AND notification_status = 'ready'
                    FOR NO KEY UPDATE SKIP LOCKED)
                RETURNING mail_mail_id
                """,
                tuple(mail_ids),
            )
        )
        self.env["mail.notification"].invalidate_model(["notification_status"])
        return {mail_id for (mail_id,) in rows}

    @again_on_conflict
    def _note_and_claim(self, outcomes, mail_ids):
        """Note what became of letters, mark what is sent next, and commit both.

        :param outcomes: list of `Outcome`
        :param mail_ids: of the `mail.mail` records that shall be sent now
        :return: set of ids of those that wait still
        """
        for verdict, group in _group_by_verdict(outcomes).items():
            mails = self.env["mail.mail"].browse(
                outcome.letter.mail_id for outcome in group
            )
            if verdict == posts.TAKEN:
                quietly(mails)._note_taken()
                continue
            parts = mails.notification_ids
            messages = parts.konfidens_payment_message_id
            if verdict == posts.AGAIN:
                parts.notification_status = "ready"
            elif verdict == posts.UNCONFIRMED:
                for message in messages:
                    message.unconfirmed += 1
                mails._note_failure("mail_unconfirmed")
            elif verdict == posts.HUNG_UP:
                mails._note_failure("mail_hung_up")
            elif verdict == posts.GARBLED:
                mails._note_failure("mail_garbled")
            else:
                mails._note_refusals([(each.error, each.letter) for each in group])
        claimed = self._claim(mail_ids)
        if outcomes or claimed:
            self._commit_now()
        return claimed

    @again_on_conflict
    def _clear_away(self, mail_ids):
        """Do what follows for mails that left, together.

        What waited for a next try does no more, the pauses are over, and the mails are
        deleted.
        """
        mails = self.env["mail.mail"].browse(mail_ids).exists()
        messages = mails.notification_ids.konfidens_payment_message_id
        for message in messages:
            if message.state == "delivered":
                message._note_all_left()
        self.env["konfidens.payment.pause"]._end(messages.company_id, "email")
        mails.unlink()
        self._commit_now()


class Noted:
    """What became of the letters of a run, noted as soon as it is known.

    :ivar count: how many left
    """

    def __init__(self, messages):
        self.count = 0
        self._messages = messages
        self._taken = []
        self._told = 0
        self._is_untold = False
        self._next = 0.0

    def note(self, outcomes, mail_ids=()):
        """Note these outcomes, and mark what is sent next; see `_note_and_claim`.

        Called often enough that what follows does not wait for one that hangs.
        """
        claimed = self._messages._note_and_claim(outcomes, list(mail_ids))
        taken = [
            outcome.letter.mail_id
            for outcome in outcomes
            if outcome.verdict == posts.TAKEN
        ]
        self.count += len(taken)
        self._taken += taken
        self._is_untold = self._is_untold or bool(outcomes)
        if self._is_untold and time.monotonic() > self._next:
            self.tell()
        return claimed

    def tell(self):
        """Wake what follows, and say how far this is.

        Odoo puts off a job that was killed three times without getting on.
        """
        self._next = time.monotonic() + WAKE_INTERVAL
        self._is_untold = False
        self._messages._trigger_completion()
        self._messages._clear_away(self._taken)
        self._messages.env["ir.cron"]._commit_progress(self.count - self._told)
        self._told = self.count
        self._taken.clear()

    def clean_up(self):
        """Say what was not said yet."""
        if self._is_untold:
            self.tell()


def _group_by_verdict(outcomes):
    groups = {}
    for outcome in outcomes:
        groups.setdefault(outcome.verdict, []).append(outcome)
    return groups
