import re
from datetime import timedelta

from odoo import fields, models

from .konfidens_payment_message_sending import LONGEST_PAUSE, OWN_QUEUE

# As smtplib tells it: {'kari@example.com': (550, b'5.1.1 No such mailbox')}
SMTP_ANSWER = re.compile(r"\((\d{3}), b['\"](.+?)['\"]\)")
FIRST_PAUSE = timedelta(seconds=15)


class KonfidensPaymentMessage(models.Model):
    """What happens to a payment message that does not arrive.

    Passing faults are tried again by themselves, with growing pauses, until the
    company's limit; final ones reach the responsible person as one activity.
    """

    _inherit = "konfidens.payment.message"

    attempts = fields.Integer(readonly=True, help="How often sending it failed so far.")
    next_try_date = fields.Datetime("Next Try", readonly=True)
    give_up_date = fields.Datetime(
        readonly=True, help="When it needs attention if nobody confirmed it until then."
    )
    is_unsolved = fields.Boolean(
        readonly=True,
        export_string_translation=False,
        help="It failed, and nobody has done anything about it yet.",
    )
    bounce_wait_until = fields.Datetime(readonly=True, export_string_translation=False)

    def _retry_or_fail(self, notifications):
        """Try again later what failed for a passing reason, give up what did not.

        :param notifications: the `mail.notification` records that report the failure
        """
        self.ensure_one()
        reason = self._in_practice_language()._get_refusal(notifications)
        if self._is_passing_fault(notifications) and not self._is_overdue():
            self._try_again_later(reason)
        else:
            self._fail(reason)

    def _is_passing_fault(self, notifications):
        """Return whether the mail server may well take it later (4xx, no contact)."""
        for notification in notifications:
            if notification.notification_status != "exception":
                return False
            answer = SMTP_ANSWER.search(notification.failure_reason or "")
            if notification.failure_type != "mail_smtp" and not (
                answer and answer[1].startswith("4")
            ):
                return False
        return bool(notifications)

    def _is_overdue(self):
        return self.give_up_date <= fields.Datetime.now()

    def _try_again_later(self, reason):
        """Put the message back in the queue, for after a pause."""
        self.ensure_one()
        pause = min(FIRST_PAUSE * 4 ** min(self.attempts, 4), LONGEST_PAUSE)
        next_try = fields.Datetime.now() + pause
        self.write(
            {
                "attempts": self.attempts + 1,
                "next_try_date": next_try,
                "failure_reason": reason,
            }
        )
        mails = self.env["mail.mail"].search(
            [
                ("mail_message_id", "in", self.mail_message_ids.ids),
                ("state", "in", ("exception", "outgoing")),
            ]
        )
        mails.write({"state": "outgoing", "scheduled_date": next_try + OWN_QUEUE})
        self.mail_message_ids.notification_ids.write(
            {
                "notification_status": "ready",
                "failure_type": False,
                "failure_reason": False,
            }
        )
        self._get_cron("send_due")._trigger(next_try)

    def _fail_unconfirmed(self):
        """Give up what nobody confirmed within the company's limit."""
        overdue = self.search(
            [("state", "=", "sent"), ("give_up_date", "<=", fields.Datetime.now())],
            limit=100,
        ).try_lock_for_update()
        for message in overdue:
            message = message._in_practice_language()
            statuses = message._get_notifications().mapped("notification_status")
            if "sent" not in statuses:  # else it is delivered: the completion finds it
                message._fail(
                    message.failure_reason
                    or message.env._(
                        "Nobody confirmed within %(hours)s hours that it arrived.",
                        hours=message.company_id.payments_delivery_limit_hours,
                    )
                )

    def _fail(self, reason):
        """Note that this message will not arrive, and ask somebody to see to it."""
        self.write(
            {
                "state": "failed",
                "failure_reason": reason,
                "next_try_date": False,
                "next_completion_date": False,
                "is_unsolved": True,
            }
        )
        # what is still in the queue must not leave after all
        self.env["mail.mail"].search(
            [
                ("mail_message_id", "in", self.mail_message_ids.ids),
                ("state", "in", ("exception", "outgoing")),
            ]
        ).write({"state": "cancel"})
        for message in self:
            message = message._in_practice_language()
            message.move_id._ask_to_mend(message._get_story())

    def _note_late_bounce(self):
        """Note that a message that counted as delivered came back.

        The invoice stands; the appointment needs attention until it is paid. A draft
        that could not be completed yet stays a draft.
        """
        for message in self:
            message = message._in_practice_language()
            if message.move_id.state == "draft":
                message._fail(message._get_refusal(message._get_notifications()))
                continue
            message.failure_reason = message.env._(
                "The e-mail to %(address)s came back after the invoice was completed.",
                address=message.partner_id.email_normalized,
            )
            message.is_unsolved = True
            message.move_id._ask_to_mend(message.failure_reason)

    def _in_practice_language(self):
        """Return this message with the language in which the practice works.

        What a cron writes down is read by the practice's people.
        """
        self.ensure_one()
        lang = self.company_id.partner_id.lang or self.env.lang
        return self.with_context(lang=lang)

    def _get_refusal(self, notifications):
        """Return in words why the mail server did not take the message."""
        self.ensure_one()
        for notification in notifications:
            if notification.failure_type == "mail_smtp":
                return self.env._("The mail server cannot be reached.")
            if notification.notification_status == "bounce":
                return self.env._(
                    "The e-mail to %(address)s came back.",
                    address=self.partner_id.email_normalized,
                )
            if answer := SMTP_ANSWER.search(notification.failure_reason or ""):
                return self.env._(
                    "The mail server refused %(address)s: %(answer)s",
                    address=self.partner_id.email_normalized,
                    answer=answer[2],
                )
        return ", ".join(
            notification.format_failure_reason() for notification in notifications
        )
