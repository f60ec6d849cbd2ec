import re
from datetime import timedelta

from odoo import fields, models

from ..message.konfidens_payment_message import OTHER_CHANNEL
from ..sending.hand_over import LONGEST_PAUSE, OWN_QUEUE

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
    came_back = fields.Boolean(
        readonly=True, help="It counted as delivered, and came back later."
    )
    bounce_wait_until = fields.Datetime(readonly=True, export_string_translation=False)

    def _retry_or_fail(self):
        """Try again later what failed for a passing reason, give up what did not.

        Of two channels, it has failed when both have. All of a bundle at once.
        """
        notifications = self._get_notifications()
        failed = notifications.filtered(
            lambda notification: (
                notification.notification_status in ("bounce", "exception", "canceled")
            )
        )
        passing = failed.filtered(_is_passing_fault)
        practice = self._in_practice_language()
        if passing and not self._is_overdue():
            self._try_again_later(passing, practice._get_refusal(passing))
        elif failed == notifications:
            self._fail(practice._get_refusal(failed))

    def _is_overdue(self):
        return self[0].give_up_date <= fields.Datetime.now()

    def _try_again_later(self, notifications, reason):
        """Put the bundle back in the queue, for after a pause.

        :param notifications: the `mail.notification` records of what did not leave
        :param reason: in words
        """
        attempts = self[0].attempts
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

    def _fail_unconfirmed(self):
        """Give up what nobody confirmed within the company's limit."""
        overdue = self.search(
            [("state", "=", "sent"), ("give_up_date", "<=", fields.Datetime.now())],
            limit=100,
        )._with_companions()
        locked = overdue.try_lock_for_update()
        locked -= (overdue - locked)._with_companions()
        for bundle in locked._split_by_sent_mail():
            if bundle._is_leaving():
                continue
            practice = bundle._in_practice_language()
            statuses = bundle._get_notifications().mapped("notification_status")
            if "sent" not in statuses:  # else it is delivered: the completion finds it
                practice._fail(
                    bundle[0].failure_reason
                    or practice.env._(
                        "Nobody confirmed within %(hours)s hours that it arrived.",
                        hours=bundle.company_id.payments_delivery_limit_hours,
                    )
                )

    def _fail(self, reason):
        """Note that these messages will not arrive; try the other channel, or ask."""
        # what left in the same mail does not arrive either
        messages = self._with_companions()
        messages.write(
            {
                "state": "failed",
                "failure_reason": reason,
                "next_try_date": False,
                "next_completion_date": False,
                "is_unsolved": True,
            }
        )
        # before another one is scheduled for the same invoice
        messages.flush_recordset(["state"])
        messages._log(lambda message: message._describe_failure())
        for bundle in messages._split_by_sent_mail():
            # what is still in the queue must not leave after all
            bundle._get_queued_mails(bundle._get_notifications()).state = "cancel"
            bundle._cancel_sms()
        for message in messages:
            message = message._in_practice_language()
            if other := message._get_failover_channel():
                message.move_id._schedule_payment_message(
                    fields.Datetime.now(), other
                ).is_failover = True
            else:
                message.move_id._ask_to_mend(message._get_story())

    def _get_failover_channel(self):
        """Return the channel to try once instead of the one that failed, or None."""
        self.ensure_one()
        other = OTHER_CHANNEL.get(self.channel)
        move = self.move_id
        if (
            other
            and self.company_id.payments_failover
            and not self.is_failover
            and move._wants_payment_message()
            and not move._get_sending_problem(other)
        ):
            return other
        return None

    def _in_practice_language(self):
        """Return this bundle with the language in which the practice works.

        What a cron writes down is read by the practice's people.
        """
        lang = self.company_id.partner_id.lang or self.env.lang
        return self.with_context(lang=lang)

    def _get_refusal(self, notifications):
        """Return in words why the bundle did not leave or arrive."""
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
            return self.env._("The e-mail to %(address)s came back.", address=address)
        if answer := SMTP_ANSWER.search(notification.failure_reason or ""):
            return self.env._(
                "The mail server refused %(address)s: %(answer)s",
                address=address,
                answer=answer[2],
            )
        return notification.format_failure_reason()


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
