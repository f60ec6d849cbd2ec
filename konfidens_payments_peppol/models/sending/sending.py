import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.konfidens_payments.tools import explain_error, get_time_left

from ..channel.account_move import TAKEN
from ..channel.konfidens_payment_message import CHANNEL
from .marks import Sending

_logger = logging.getLogger(__name__)

# A document of which nobody knows this long whether the access point took it.
INTERRUPTED = timedelta(minutes=10)
# What failed so failed for a reason that Odoo says.
REASONED = ("peppol_refused", "peppol_unmade")
# Since Odoo asks only once after sending, and then once a day.
ASK_AGAIN = timedelta(minutes=15)


class KonfidensPaymentMessage(models.Model):
    """How documents leave: each marked and committed before the access point is asked.

    It may take a document although its answer never comes, and Odoo keeps no number
    of its own by which it could be asked for it. So what is marked is not sent a
    second time, unless the access point refused it: a person is asked. The mark is the
    notification's status *process*.
    """

    _inherit = "konfidens.payment.message"

    @api.model
    def _cron_send_documents(self):
        """Hand over electronic invoices, one by one, and ask for those under way."""
        left = 0
        if self._has_unfinished():
            self._give_up_unanswered()
            left = self._send_documents()
        self._ask_for_documents()
        self.env["ir.cron"]._commit_progress(remaining=left)

    @api.model
    def _wake_documents(self, at=None):
        """Let the job look that sends documents, now or at a time (UTC, naive)."""
        # sudo: whoever may send a message may wake the job that does
        cron = self.env.ref("konfidens_payments_peppol.ir_cron_send_documents").sudo()
        cron._trigger(at)

    def _try_again_later(self, notifications, reason, *args):
        """Override: our own job does."""
        result = super()._try_again_later(notifications, reason, *args)
        if CHANNEL in notifications.mapped("notification_type"):
            self._wake_documents(self.next_try_date)
        return result

    @api.model
    def _send_documents(self):
        """Send documents until nothing is left or the time is over.

        :return: how many are left
        """
        while get_time_left(self.env):
            parts = self._get_next_parts(CHANNEL, 1)
            parts.konfidens_payment_message_id._call_off_unwanted()
            parts = parts.filtered(lambda part: part.notification_status == "ready")
            self._commit_now()
            if not parts and not self.search_count(
                self._get_waiting_domain(CHANNEL), limit=1
            ):
                return 0
            for part in parts:
                if not self._send_marked_document(part):
                    # as soon as whoever works on it is done
                    again = fields.Datetime.now() + timedelta(seconds=5)
                    self._wake_documents(again)
                    return 0
            self.env["ir.cron"]._commit_progress(len(parts))
        return self.search_count(self._get_waiting_domain(CHANNEL))

    def _send_marked_document(self, part):
        """Mark one document as being sent, commit, send it, and note what became of it.

        :param part: its `mail.notification`
        :return: False where somebody works on it at this moment
        """
        part = part.try_lock_for_update()
        if not part:
            return False
        if part.notification_status != "ready":
            return True  # called off meanwhile
        move = part.konfidens_payment_message_id.line_ids.move_id
        part.write(
            {
                "notification_status": "process",
                "peppol_asked_date": fields.Datetime.now(),
            }
        )
        self._commit_now()
        mark, error = Sending(), None
        if move.peppol_move_state not in TAKEN and not part._get_document_obstacle(
            move
        ):
            try:
                move._send_document(mark)
                self.env.flush_all()
            except Exception as raised:  # whatever it was, this one is not sent again
                _logger.warning("%s was not sent", move, exc_info=True)
                self.env.cr.rollback()
                self.env.invalidate_all()
                error = raised
        part._note_document(move, mark, error)
        self._commit_now()
        return True

    @api.model
    def _give_up_unanswered(self):
        """Give up the documents in whose sending the server stopped.

        Unless the access point has them, as far as was noted.
        """
        parts = self.env["mail.notification"].search(
            [
                ("notification_type", "=", CHANNEL),
                ("notification_status", "=", "process"),
                ("peppol_asked_date", "<=", fields.Datetime.now() - INTERRUPTED),
            ]
        )
        for part in parts.try_lock_for_update():
            mark = Sending()
            mark.asked = True  # as far as anybody knows
            move = part.konfidens_payment_message_id.line_ids.move_id
            part._note_document(move, mark, None)

    @api.model
    def _ask_for_documents(self):
        """Let Odoo's job ask for what is under way, sooner than it does by itself."""
        asked = Domain("peppol_asked_date", "<=", fields.Datetime.now() - ASK_AGAIN)
        under_way = Domain("notification_type", "=", CHANNEL) & Domain(
            "notification_status", "=", "pending"
        )
        if self.env["mail.notification"].search_count(under_way & asked, limit=1):
            cron = self.env.ref("account_peppol.ir_cron_peppol_get_message_status")
            cron._trigger()


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def _note_document(self, move, mark, error):
        """Note what became of the document that was sent, or was to be.

        :param move: its `account.move`
        :param mark: `Sending`
        :param error: the exception that it ended with, or None
        """
        self.ensure_one()
        if move.peppol_move_state not in TAKEN and (uuid := mark.get_uuid()):
            # what Odoo had written of it went with what failed afterwards
            move.write({"peppol_message_uuid": uuid, "peppol_move_state": "processing"})
        if move.peppol_move_state == "processing" and not move.peppol_message_uuid:
            # without a name nobody can ask for it
            move.peppol_move_state = "error"
        if move.peppol_move_state in TAKEN:
            arrived = move.peppol_move_state == "done"
            self.write(
                {
                    "notification_status": "sent" if arrived else "pending",
                    "failure_type": False,
                    "failure_reason": False,
                }
            )
            return
        kind, reason = mark.judge(error), False
        if error is not None and (kind in REASONED or mark.says_not_now()):
            reason = explain_error(self.env, error)
        elif not mark.asked and error is None:
            # Odoo leaves out whom it cannot send to, and what somebody else works on
            reason = self._get_document_obstacle(move)
            kind = "peppol_unmade" if reason else "peppol_busy"
        self.write(
            {
                "notification_status": "exception",
                "failure_type": kind,
                "failure_reason": reason,
            }
        )

    @api.model
    def _get_document_obstacle(self, move):
        """Return why Odoo's access point cannot be asked for an invoice, or False.

        :param move: its `account.move`
        """
        return move._get_sender_problem(CHANNEL) or move._get_address_problem(CHANNEL)
