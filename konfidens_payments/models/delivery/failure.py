import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import in_each_language
from ..message.konfidens_payment_message import OTHER_CHANNEL
from ..sending.hand_over import LONGEST_PAUSE, OWN_QUEUE

BATCH_SIZE = 100
# As smtplib tells it: {'kari@example.com': (550, b'5.1.1 No such mailbox')}
SMTP_ANSWER = re.compile(r"\((\d{3}), b['\"](.+?)['\"]\)")
FIRST_PAUSE = timedelta(seconds=15)
FIRST_SMS_PAUSE = timedelta(minutes=1)


class KonfidensPaymentMessage(models.Model):
    """What happens to a payment message that does not arrive.

    Passing faults are tried again by themselves, with growing pauses, until the
    company's limit; final ones reach the responsible person as one activity.
    """

    _inherit = "konfidens.payment.message"

    def _retry_or_fail(self):
        """Try again later what failed for a passing reason, give up what did not.

        Of two channels, it has failed when both have.
        """
        self.ensure_one()
        notifications = self.notification_ids
        failed = notifications.filtered(
            lambda notification: (
                notification.notification_status in ("bounce", "exception", "canceled")
            )
        )
        passing = failed.filtered(_is_passing_fault)
        if passing and not self._is_overdue():
            self._try_again_later(
                passing, in_each_language(self, lambda one: one._get_refusal(passing))
            )
        elif failed == notifications:
            self._fail(in_each_language(self, lambda one: one._get_refusal(failed)))

    def _is_overdue(self):
        return self.give_up_date <= fields.Datetime.now()

    def _try_again_later(self, notifications, reason):
        """Put this message back in the queue, for after a pause.

        :param notifications: the `mail.notification` records of what did not leave
        :param reason: in each language
        """
        attempts = self.attempts
        by_sms = "sms" in notifications.mapped("notification_type")
        # A provider that took an SMS, and whose answer was lost, reports it meanwhile.
        shortest = FIRST_SMS_PAUSE if by_sms else FIRST_PAUSE
        pause = min(shortest * 4 ** min(attempts, 4), LONGEST_PAUSE)
        next_try = fields.Datetime.now() + pause
        self.write(
            {
                "attempts": attempts + 1,
                "next_try_date": next_try,
                "failure_reason": reason,
            }
        )
        self._get_queued_mails(notifications).write(
            {"state": "outgoing", "scheduled_date": next_try + OWN_QUEUE}
        )
        if by_sms:
            self._retry_sms()
            self._get_cron("send_sms")._trigger(next_try)
        notifications.write(
            {
                "notification_status": "ready",
                "failure_type": False,
                "failure_reason": False,
            }
        )
        self._get_cron("send_due")._trigger(next_try)

    def _note_all_left(self):
        """Note that nothing of this message waits for a next try any more, if so.

        Why earlier tries failed is over. What failed for good waits for none.
        """
        self.ensure_one()
        waiting = self.notification_ids.filtered(
            lambda notification: (
                notification.notification_status in ("ready", "process")
                or _is_passing_fault(notification)
            )
        )
        if self.next_try_date and not waiting:
            self.write({"failure_reason": False, "next_try_date": False})

    @api.model
    def _fail_unconfirmed(self):
        """Give up what nobody confirmed within the company's limit.

        What waits for bounces is confirmed already: the completion finds it.
        """
        domain = Domain("state", "=", "sent") & Domain(
            "give_up_date", "<=", fields.Datetime.now()
        )
        domain &= Domain(
            "notification_ids", "not any", [("notification_status", "=", "sent")]
        )
        seen = []  # some may be leaving at this moment
        while overdue := self.search(
            domain & Domain("id", "not in", seen),
            order="give_up_date, id",
            limit=BATCH_SIZE,
        ):
            seen += overdue.ids
            locked = overdue._lock_with_invoices()
            for message in locked:
                if message._is_leaving():
                    continue
                message._fail(
                    in_each_language(
                        message,
                        lambda one: one.failure_reason or one._get_unconfirmed(),
                    )
                )
            if not self.env["ir.cron"]._commit_progress(len(locked)):
                break

    def _get_unconfirmed(self):
        return self.env._(
            "Nobody confirmed within %(hours)s hours that it arrived.",
            hours=self.company_id.payments_delivery_limit_hours,
        )

    def _fail(self, reason):
        """Note that these messages will not arrive; try the other channel, or ask.

        :param reason: why, in each language
        """
        messages = self._set_failed(reason)
        messages.line_ids.move_id._forget_completion()
        messages._log(lambda message: message._describe_failure())
        # what is still in the queue must not leave after all
        messages._get_queued_mails(messages.notification_ids).state = "cancel"
        messages._cancel_sms()
        for message in messages:
            moves = message._get_open_lines().move_id
            other, again = message._get_failover()
            if again:
                again._schedule_payment_message(fields.Datetime.now(), other)
            for move in moves - again:
                move._ask_to_mend(
                    in_each_language(message, lambda one: one._get_story())
                )

    def _get_failover(self):
        """Return what is tried once more by the channel that has not failed yet.

        :return: the other channel, and invoices of this message, maybe none
        """
        self.ensure_one()
        other = OTHER_CHANNEL.get(self.channel)
        if not other or not self.company_id.payments_failover:
            return other, self.line_ids.move_id.browse()
        lines = self.line_ids.filtered(
            lambda line: (
                not line._has_failed_before(other)
                and line.move_id._wants_payment_message()
                and not line.move_id._get_sending_problem(other)
            )
        )
        return other, lines.move_id

    def _get_refusal(self, notifications):
        """Return why this message did not leave or arrive, in the user's language.

        What mail servers and providers said themselves stays as it is.
        """
        notifications = notifications.with_env(self.env)
        return " ".join(
            self._get_sms_refusal(notification)
            if notification.notification_type == "sms"
            else self._get_mail_refusal(notification)
            for notification in notifications
        )

    def _get_mail_refusal(self, notification):
        if notification.failure_type == "mail_smtp":
            return self.env._("The mail server cannot be reached.")
        address = self.partner_id.email_normalized
        if notification.notification_status == "bounce":
            return self.env._(
                "The e-mail to %(address)s came back.",
                address=notification.mail_email_address or address,
            )
        if answer := SMTP_ANSWER.search(notification.failure_reason or ""):
            return self.env._(
                "The mail server refused %(address)s: %(answer)s",
                address=address,
                answer=answer[2],
            )
        return self._get_other_refusal(notification)

    def _get_other_refusal(self, notification):
        """Return why an e-mail or SMS failed, in the words of `mail` and `sms`.

        Their own method says the kinds of failure in English only.
        """
        if notification.failure_type == "unknown" and notification.failure_reason:
            return notification.failure_reason
        kinds = notification._fields["failure_type"]._description_selection(self.env)
        return (
            dict(kinds).get(notification.failure_type)
            or notification.format_failure_reason()
        )


def _is_passing_fault(notification):
    """Return whether mail server or SMS provider may well take it later.

    A mail server that answers 4xx or cannot be reached, a provider likewise.
    """
    if notification.notification_status != "exception":
        return False
    if notification.failure_type in ("mail_smtp", "sms_server"):
        return True
    answer = SMTP_ANSWER.search(notification.failure_reason or "")
    return bool(answer and answer[1].startswith("4"))
