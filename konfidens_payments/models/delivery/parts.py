import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import do_in_batches, mask_addresses
from .mail_notification import FAILURES

# From so many payers on, the same refusal is none of theirs.
COMMON = 3
# How a mail server says that it does not let the practice send, whoever the payer is.
POLICY = re.compile(
    r"\b(?:530|535|553|554)\b|\b5\.7\.\d|\b5\.1\.[78]\b"
    r"|not allowed|sender|relay|authenticat"
    r"|(?:sending|daily|hourly)\b.{0,30}\b(?:limit|quota)|suspended"
    r"|account.{0,30}\b(?:blocked|disabled|locked)",
    re.IGNORECASE,
)
# What differs from answer to answer: the number of a mail, a connection, a server.
_NUMBERS = re.compile(r"(?=[\w-]*\d)[\w-]{6,}|\[[^\]]*\]")
# So long ago refusals count together, as long as nothing was taken since.
LATELY = timedelta(days=1)


def _get_gist(words):
    """Return an answer without what differs from one to the next."""
    return _NUMBERS.sub("…", words)


class KonfidensPaymentMessage(models.Model):
    """What becomes of the parts of messages, where one look at one is not enough."""

    _inherit = "konfidens.payment.message"

    unsettled_parts = fields.Boolean(
        readonly=True,
        export_string_translation=False,
        help="It has arrived, or its pay link was opened, but a part of it may still "
        "have to leave, or fail.",
    )

    # Those that one channel delivered: few, since the limit ends it.
    _unsettled_index = models.Index(
        "(give_up_date) WHERE unsettled_parts AND state = 'delivered'"
    )

    def _wake_for_parts(self):
        """Let the job see to what has not left of those of these that are delivered.

        A pay link may be opened before the mail has left that brings it, and at the
        same moment at which a mail server refuses that mail: neither sees the other.
        """
        open_parts = self.filtered(
            lambda message: (
                message.state == "delivered"
                and set(message.notification_ids.mapped("notification_status"))
                != {"sent"}
            )
        )
        open_parts.unsettled_parts = True
        if open_parts:
            open_parts._trigger_completion()

    def _note_part_arrived(self):
        """Take back what was said of a part that did not seem to arrive."""
        delivered = self.filtered(
            lambda message: (
                message.state == "delivered"
                and message.channel == "both"
                and message.failure_reason
                and not message.came_back
            )
        )
        delivered.failure_reason = False
        moves = delivered.line_ids.move_id
        moves.filtered(lambda move: move.state == "posted")._mended()

    @api.model
    def _settle_parts(self):
        """Try again what failed of delivered messages, or note why it does not come.

        :return: whether there is time left
        """

        def settle(messages):
            locked = messages._lock_with_invoices()
            for message in locked:
                message._settle_part()
            return locked

        failed = Domain(
            "notification_ids", "any", [("notification_status", "in", FAILURES)]
        )
        all_sent = Domain(
            "notification_ids", "not any", [("notification_status", "!=", "sent")]
        )
        over = Domain("give_up_date", "<=", fields.Datetime.now())
        open_parts = Domain("state", "=", "delivered") & Domain(
            "unsettled_parts", "=", True
        )
        open_parts &= failed | all_sent | over
        return do_in_batches(self, open_parts, "give_up_date, id", settle)

    def _settle_part(self):
        """Try again what failed of this message, or say why it does not come.

        One channel is enough. Only where nobody knows whether an SMS left, somebody
        has to ask the client.
        """
        self.ensure_one()
        failed = self._get_failed()
        if failed and self._try_again(failed):
            return
        self.unsettled_parts = False
        if not failed or self.channel != "both":
            return
        reason = self._explain(failed)
        self.write({"failure_reason": reason})
        self._log(lambda message: message._describe_part())
        if any(part._is_of_unknown_fate() for part in failed):
            for move in self._get_open_lines().move_id:
                self._ask_to_mend(move, reason)

    def _describe_part(self):
        return self.env._(
            "The payment message was delivered, but not by both channels: %(reason)s",
            reason=self.failure_reason,
        )

    def _hold_common_refusals(self):
        """Pause sending where a mail server refuses whatever comes from the practice.

        Some say so only when they hear of the recipient, or of the content. Where
        sending is paused for these very words, the one that is tried says enough.

        :return: those of these sent messages that are not concerned
        """
        groups = {}
        for message in self:
            email = message._get_notifications("email")
            if email.notification_status != "exception":
                continue
            if (answer := email._get_mail_answer()) and POLICY.search(answer):
                words = mask_addresses(answer, message.partner_id)
                key = message.company_id, _get_gist(words)
                known, theirs = groups.get(key, (words, self.browse()))
                groups[key] = known, theirs + message
        left = self
        for (company, gist), (words, messages) in groups.items():
            others = self.filtered(
                lambda message, company=company: message.company_id == company
            )
            arrived = "sent" in others._get_notifications("email").mapped(
                "notification_status"
            )
            known = company.payments_pause_ids.filtered(
                lambda pause, gist=gist: (
                    pause.channel == "email" and gist in _get_gist(pause.reason or "")
                )
            )
            common = known or self._has_been_refused(company, gist, messages)
            if common and not arrived:
                messages._queue_again(messages._get_notifications("email"))
                messages._refuse_mails(words)
                left -= messages
        return left

    @api.model
    def _has_been_refused(self, company, gist, messages):
        """Return whether so many payers' mails were refused alike that it is none's.

        These, and those of late, one by one, since the mail server took one.

        :param gist: of its answer, see `_get_gist`
        """
        payers = messages.partner_id
        if len(payers) >= COMMON:
            return True
        lately = self.env["mail.notification"].search(
            Domain("konfidens_payment_message_id.company_id", "=", company.id)
            & Domain("konfidens_payment_message_id", "not in", messages.ids)
            & Domain("notification_type", "=", "email")
            & Domain("notification_status", "in", ("exception", "sent", "bounce"))
            & Domain(
                "konfidens_payment_message_id.sent_date",
                ">=",
                fields.Datetime.now() - LATELY,
            ),
            order="id desc",
            limit=2 * COMMON,
        )
        for part in lately:
            message = part.konfidens_payment_message_id
            words = mask_addresses(part._get_mail_answer(), message.partner_id)
            if part.notification_status != "exception" or _get_gist(words) != gist:
                break
            payers |= message.partner_id
        return len(payers) >= COMMON
