import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import do_in_batches, end_sentence, in_each_language
from ..sending.hand_over import LONGEST_PAUSE
from ..sending.practice_problem import SMS_PROBLEMS

# As smtplib tells it: {'kari@example.com': (550, b'5.1.1 No such mailbox')}; and of a
# sender: (421, b'4.3.2 Too busy', 'practice@example.com')
SMTP_ANSWER = re.compile(r"\((\d{3}), b(['\"])(.+?)\2[,)]")
FIRST_PAUSE = timedelta(seconds=15)
FIRST_SMS_PAUSE = timedelta(minutes=1)
# How many e-mails may have arrived before it is left to a person.
MOST_UNCONFIRMED = 3
# What failed so may go well later.
PASSING = ("mail_garbled", "mail_hung_up", "mail_smtp", "sms_server")
# Of what nobody knows whether it arrived.
UNKNOWN = ("mail_unconfirmed", "sms_unconfirmed")


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
        failed = self._get_failed()
        if self._try_again(failed):
            return
        if failed == self.notification_ids:
            self._fail(self._explain(failed))
        else:
            self._note_held()

    def _explain(self, notifications):
        """Return why these did not leave or arrive, in each language."""
        return in_each_language(self, lambda one: one._get_refusal(notifications))

    def _get_failed(self):
        return self.notification_ids.filtered(
            lambda notification: (
                notification.notification_status in ("bounce", "exception", "canceled")
            )
        )

    def _try_again(self, failed):
        """Let what may still leave or arrive wait for that.

        :param failed: the `mail.notification` records of what did not leave
        :return: whether this message is under way still
        """
        standing = failed.filtered(
            lambda notification: notification.failure_type in SMS_PROBLEMS
        )
        if standing:
            reason = self._explain(standing)
            self._queue_again(standing)
            self._stand_still("sms", reason)
            return True
        if self._is_overdue():
            return False
        if passing := failed.filtered(lambda part: part._is_passing_fault()):
            self._try_again_later(passing, self._explain(passing))
            return True
        if unconfirmed := failed.filtered(
            lambda notification: (
                notification.failure_type == "mail_unconfirmed"
                and self.unconfirmed < MOST_UNCONFIRMED
            )
        ):
            self._try_again_later(
                unconfirmed, self._explain(unconfirmed), LONGEST_PAUSE
            )
            return True
        return self._wait_for_report(failed)

    def _wait_for_report(self, failed):
        """Wait with the other channel for as long as nobody knows of the first.

        :return: whether there is another channel to wait with
        """
        unknown = failed.filtered(
            lambda notification: notification.failure_type == "sms_unconfirmed"
        )
        if failed != self.notification_ids or unknown != failed:
            return False
        _other, moves = self._get_failover()
        if not moves:
            return False
        if self.failure_reason != self._get_wait_for_report():
            self.write(
                {
                    "failure_reason": in_each_language(
                        self, lambda one: one._get_wait_for_report()
                    )
                }
            )
        return True

    def _get_wait_for_report(self):
        return self.env._(
            "Nobody knows whether the SMS left: no answer says so, and its provider "
            "has not reported it. If that does not come, it goes by e-mail in the end."
        )

    def _is_overdue(self):
        return self.give_up_date <= fields.Datetime.now()

    def _try_again_later(self, notifications, reason, shortest=None):
        """Put this message back in the queue, for after a pause.

        :param notifications: the `mail.notification` records of what did not leave
        :param reason: in each language
        :param shortest: of the pauses, which grow; default: by the channel
        """
        attempts = self.attempts
        by_sms = "sms" in notifications.mapped("notification_type")
        # A provider that took an SMS, and whose answer was lost, reports it meanwhile.
        shortest = shortest or (FIRST_SMS_PAUSE if by_sms else FIRST_PAUSE)
        pause = min(shortest * 4 ** min(attempts, 4), LONGEST_PAUSE)
        next_try = fields.Datetime.now() + pause
        self.write(
            {
                "attempts": attempts + 1,
                "next_try_date": next_try,
                "failure_reason": reason,
            }
        )
        self._queue_again(notifications)
        self._wake_sending(next_try)

    def _queue_again(self, notifications):
        """Put mails and SMS of these notifications that failed back in our queues."""
        self._get_queued_mails(notifications).state = "outgoing"
        sms = self.env["sms.sms"].browse(notifications.mapped("sms_id_int")).exists()
        sms.filtered(lambda each: each.state == "error").write(
            {"state": "process", "failure_type": False, "to_delete": False}
        )
        notifications.write(
            {
                "notification_status": "ready",
                "failure_type": False,
                "failure_reason": False,
                "payment_waits": True,
            }
        )

    def _note_all_left(self):
        """Note that nothing of this message waits for a next try any more, if so.

        Why earlier tries failed is over. What failed for good waits for none.
        """
        self.ensure_one()
        if not self.next_try_date:
            return
        waiting = self.notification_ids.filtered(
            lambda notification: (
                notification.notification_status in ("ready", "process")
                or notification._is_passing_fault()
            )
        )
        if not waiting:
            self.write({"failure_reason": False, "next_try_date": False})

    @api.model
    def _fail_unconfirmed(self):
        """Give up what nobody confirmed within the company's limit.

        What waits for bounces is confirmed already: the completion finds it.

        :return: whether it is done, and there is time left
        """
        domain = Domain("state", "=", "sent") & Domain(
            "give_up_date", "<=", fields.Datetime.now()
        )
        domain &= Domain(
            "notification_ids", "not any", [("notification_status", "=", "sent")]
        )
        return do_in_batches(
            self, domain, "give_up_date, id", lambda batch: batch._give_up()
        )

    def _give_up(self):
        """Give up those of these that nobody works on, or sends now; return those."""
        locked = self._lock_with_invoices()
        for message in locked:
            if not message._is_leaving():
                message._fail(
                    in_each_language(
                        message,
                        lambda one: one.failure_reason or one._get_unconfirmed(),
                    )
                )
        return locked

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
        messages._empty_queues()
        for message in messages:
            moves = message._get_open_lines().move_id
            other, again = message._get_failover()
            if not message._is_known_to_have_failed():
                again = moves.browse()
            if again:
                message._send_instead(again, other, fields.Datetime.now())
            for move in moves - again:
                message._ask_to_mend(
                    move, in_each_language(message, lambda one: one._get_story())
                )

    def _ask_to_mend(self, move, reason):
        """Ask the responsible person to see to an invoice that this did not tell of.

        :param reason: why, in each language
        """
        move._ask_to_mend(reason)

    def _get_failover(self):
        """Return what is tried once more by the channel that has not failed yet.

        :return: the other channel, and invoices of this message, maybe none
        """
        self.ensure_one()
        other = self._get_other_channel(self.channel)
        if not other or not self.company_id.payments_failover:
            return other, self.line_ids.move_id.browse()
        lines = self.line_ids._filter_wanted().filtered(
            lambda line: (
                not line._has_failed_before(other)
                and not line._get_sending_problem(other)
            )
        )
        return other, lines.move_id

    def _is_known_to_have_failed(self):
        """Return whether the payer has it not, as far as anybody can know.

        What nobody confirmed counts as lost once the practice's limit is over.
        """
        unknown = self.notification_ids.filtered(
            lambda part: part._is_of_unknown_fate()
        )
        return not unknown or self._is_overdue()

    def _get_refusal(self, notifications):
        """Return why this message did not leave or arrive, in the user's language.

        What mail servers and providers said themselves stays as it is.
        """
        notifications = notifications.with_env(self.env)
        return " ".join(
            end_sentence(self._get_part_refusal(notification))
            for notification in notifications
        )

    def _get_part_refusal(self, notification):
        """Return why one part of this message did not leave or arrive."""
        if notification.notification_type == "sms":
            return self._get_sms_refusal(notification)
        return self._get_mail_refusal(notification)

    def _get_mail_refusal(self, notification):
        match notification.failure_type:
            case "mail_smtp":
                return self.env._("The mail server cannot be reached.")
            case "mail_garbled":
                return self.env._("The answer of the mail server makes no sense.")
            case "mail_hung_up":
                return self.env._("The mail server closed the connection.")
            case "mail_unconfirmed":
                return self.env._(
                    "The mail server does not confirm that it has the e-mail. Ask the "
                    "client before you send it again."
                )
        address = self.partner_id.email_normalized
        if notification.notification_status == "bounce":
            return self.env._(
                "The e-mail to %(address)s came back.",
                address=notification.mail_email_address or address,
            )
        if answer := notification._get_mail_answer():
            return self.env._(
                "The mail server refused %(address)s: %(answer)s",
                address=address,
                answer=answer[4:],
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


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def _is_passing_fault(self):
        """Return whether mail server or SMS provider may well take it later.

        A mail server that answers 4xx, makes no sense or cannot be reached, a provider
        likewise.
        """
        self.ensure_one()
        if self.notification_status != "exception":
            return False
        if self.failure_type in PASSING:
            return True
        return self._get_mail_answer().startswith("4")

    def _is_of_unknown_fate(self):
        """Return whether nobody knows if this part left or arrived."""
        self.ensure_one()
        return self.failure_type in UNKNOWN

    def _get_mail_answer(self):
        """Return what the mail server said: "550 5.1.1 No such mailbox", or nothing."""
        answer = SMTP_ANSWER.search(self.failure_reason or "")
        return f"{answer[1]} {answer[3]}" if answer else ""
