import contextlib
import time

import psycopg2

from odoo import api, fields, models, modules
from odoo.tools import SQL

from ...tools import again_on_conflict, get_time_left
from . import post as posts
from .hand_over import OWN_QUEUE
from .outcomes import Noted

# So many letters are written at a time, at most, and so few at least; for so long they
# are sent before it is looked again what has become due.
MOST, FEWEST = 48, 8
LOOK = 1.0  # seconds
# As many are written as leave in so long: while some are written, none leaves.
SUPPLY = 0.8  # seconds
# A letter that takes so long hangs.
HANGS = 5.0  # seconds
# How often a mail is sent again of which a stopped server left nothing known.
MOST_INTERRUPTED = 6


class KonfidensPaymentMessage(models.Model):
    """How the mails leave that were handed over to `mail`.

    Some at a time, each by a connection of its own, which is given the next one when
    it was noted and committed what became of the last. What is under way is marked
    before, in the notification's status *process*: a server that is killed leaves at
    most one mail for each connection of which nobody knows whether it arrived. That
    one is sent again, as the same message.
    """

    _inherit = "konfidens.payment.message"

    @api.model
    def _cron_send_due(self):
        """Send the payment messages whose time has come.

        Two steps, so that a process killed at any point neither loses a message nor
        sends one twice: the hand-over is one transaction for each batch, the sending
        one for each mail. SMS are sent by a job of their own.
        """
        if not self._has_unfinished():
            return
        is_over = not get_time_left(self.env)
        if not is_over and self._begin_alone():
            try:
                self._take_up_interrupted()
                self._put_off_parts("email")
                end = time.monotonic() + get_time_left(self.env)
                alone = bool(modules.module.current_test)
                with posts.Post(end, alone) as post:
                    is_over = self._send_by(post)
            finally:
                self._end_alone()
            self.env["konfidens.payment.pause"]._end_idle()
        left = is_over and self.search_count(
            self._get_due_domain() | self._get_waiting_domain("email")
        )
        self.env["ir.cron"]._commit_progress(remaining=int(left))

    @api.model
    def _begin_alone(self):
        """Return whether no other job sends, whoever made it: until `_end_alone`.

        PostgreSQL forgets it with the connection, whatever is killed.
        """
        [(is_alone,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_lock(hashtext(%s))", self._name)
        )
        return is_alone

    @api.model
    def _end_alone(self):
        # where the connection is gone, so is the lock
        with contextlib.suppress(psycopg2.InterfaceError, psycopg2.OperationalError):
            self.env.cr.rollback()  # what went wrong is not committed
            self.env.execute_query(
                SQL("SELECT pg_advisory_unlock(hashtext(%s))", self._name)
            )

    def _send_by(self, post):
        """Hand over and send, in slices, until nothing is left or the time is over.

        While the last letters of that time hang, others go on leaving, and the
        invoices of those that left are completed: where Odoo has one process for
        jobs, all that would wait behind this one.

        :return: whether the time is over
        """
        noted = Noted(self)
        letters, most = [], MOST
        try:
            while get_time_left(self.env) or post.is_busy(post.end):
                room = max(most - len(letters), FEWEST)
                handed_over = self._hand_over_next(room)
                letters = self._get_next_letters(post, most, handed_over)
                if not (handed_over or letters or post.is_busy()):
                    return False
                if post.is_busy(time.monotonic() - HANGS):
                    self._complete_meanwhile()
                before, begun = noted.count, time.monotonic()
                letters = self._send_slice(post, letters, most, noted)
                took = max(time.monotonic() - begun, 0.01)
                enough = round((noted.count - before) * SUPPLY / took)
                most = min(max(enough, FEWEST), MOST)
        finally:
            while post.is_busy():
                noted.note(post.collect(LOOK))
            noted.clean_up()
        return True

    def _complete_meanwhile(self):
        """Complete, for a moment, the invoices whose payment message arrived."""
        end = time.monotonic() + LOOK
        self.with_context(cron_end_time=end)._cron_complete_delivered()

    def _get_next_letters(self, post, most, handed_over):
        """Return the letters that go next, of what is still wanted.

        By a mail server that cannot be reached none goes: what waits for it is tried
        again later.

        :param handed_over: the messages that were looked at just now
        """
        while parts := self._get_next_parts("email", most):
            messages = parts.konfidens_payment_message_id - handed_over
            messages._call_off_unwanted()
            mails = parts.mail_mail_id.filtered(lambda mail: mail.state == "outgoing")
            letters = mails._prepare_letters(post)
            closed = [letter for letter in letters if letter.route.closed]
            mails._note_refusals([(letter.route.closed, letter) for letter in closed])
            self._commit_now()
            left = [letter for letter in letters if not letter.route.closed]
            if left or not closed or not get_time_left(self.env):
                return left
        return []

    def _send_slice(self, post, letters, most, noted):
        """Send letters until they have left, or it is time to look again.

        :param most: so many letters a slice has; one that is full is followed by the
            next, whatever hangs
        :return: the letters that are left
        """
        is_full = len(letters) >= most
        end = time.monotonic() + min(LOOK, get_time_left(self.env) or LOOK)
        outcomes = post.collect(0)
        while True:
            pairs, letters = post.match(letters)
            chosen = [letter for _free, letter in pairs]
            if outcomes and any(letter.desk.drafts for letter in chosen):
                # what is known is kept, whatever comes of writing the next
                noted.note(outcomes)
                outcomes = []
            written = self._write_letters(chosen)
            pairs = [pair for pair in pairs if pair[1] in written]
            claimed = noted.note(outcomes, [letter.mail_id for _free, letter in pairs])
            for connection, letter in pairs:
                if letter.mail_id in claimed:
                    connection.give(letter)
            # The next ones while these are under way.
            ahead = post.count_busy()
            letters[:ahead] = self._write_letters(letters[:ahead])
            left = end - time.monotonic()
            if left <= 0 or not (letters or (post.is_busy() and not is_full)):
                return letters
            outcomes = post.collect(left)
            letters = [letter for letter in letters if not letter.route.closed]

    @api.model
    def _write_letters(self, letters):
        """Write these letters, and commit where one cannot be; return the others."""
        written = self.env["mail.mail"]._write_letters(letters)
        if len(written) < len(letters):
            self._commit_now()
        return written

    @api.model
    @again_on_conflict
    def _take_up_interrupted(self):
        """Put back what was being sent when a server stopped.

        This job is the only one that sends. Nobody knows whether these mails arrived:
        they come after all others.
        """
        parts = self.env["mail.notification"].search(
            [
                ("konfidens_payment_message_id", "!=", False),
                ("notification_type", "=", "email"),
                ("notification_status", "=", "process"),
            ]
        )
        if not parts:
            return
        for message in parts.konfidens_payment_message_id:
            message.unconfirmed += 1
        given_up = parts.filtered(
            lambda part: (
                part.konfidens_payment_message_id.unconfirmed > MOST_INTERRUPTED
            )
        )
        (parts - given_up).notification_status = "ready"
        given_up.mail_mail_id._note_failure("mail_unconfirmed")
        self.env["ir.cron"]._commit_progress()

    @api.model
    def _commit_now(self):
        """Commit, without a note on the progress of the job."""
        self.env.cr.commit()  # pylint: disable=invalid-commit

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
