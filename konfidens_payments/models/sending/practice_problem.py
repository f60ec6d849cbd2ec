import smtplib
import ssl

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import exception_to_unicode

from ...tools import in_each_language
from .post import Unreachable

# At the SMS provider: no credit, an account that is not ready, blocked or unknown, and
# settings that are missing.
SMS_PROBLEMS = (
    "sms_acc",
    "sms_credit",
    "sms_registration_needed",
    "twilio_authentication",
    "twilio_callback",
    "twilio_from_missing",
)

# How `smtplib` tells that a mail server wants nothing of the practice.
REFUSALS = (
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPSenderRefused,
)


def get_practice_problem(error):
    """Return what a mail server says to a practice, whoever the payer is, or None.

    It refuses the connection, or the sender, before any recipient is named; or login
    or certificate do not fit; or Odoo knows of no mail server.

    :param error: exception
    """
    if isinstance(error, Unreachable):
        cause = error.__cause__
        if isinstance(cause, ssl.SSLError | smtplib.SMTPNotSupportedError | UserError):
            return exception_to_unicode(cause)
        error = cause
    if isinstance(error, REFUSALS) and 500 <= error.smtp_code < 600:
        answer = error.smtp_error
        if isinstance(answer, bytes):
            answer = answer.decode(errors="replace")
        return answer.strip() or str(error.smtp_code)
    return None


class KonfidensPaymentMessage(models.Model):
    """How messages wait for what concerns the practice, and not their payers."""

    _inherit = "konfidens.payment.message"

    def _stand_still(self, channel, reason):
        """Pause sending by a channel for the companies of these messages.

        What was handed over, and of which nothing has left, is scheduled as before.

        :param channel: ``email`` or ``sms``
        :param reason: in each language
        """
        for company, messages in self.grouped("company_id").items():
            self.env["konfidens.payment.pause"]._begin(company, channel, reason)
            waiting = self.search(
                [("state", "=", "sent"), ("company_id", "=", company.id)]
                + [("channel", "=", channel), ("id", "not in", messages.ids)]
            )
            (messages | waiting)._put_back()

    def _refuse_mails(self, answer):
        """Pause sending by e-mail, as the mail server wants it.

        :param answer: what it says
        """
        self._stand_still(
            "email",
            in_each_language(
                self,
                lambda messages: messages.env._(
                    "The mail server does not let the practice send: %(reason)s",
                    reason=answer,
                ),
            ),
        )

    def _get_pause(self):
        """Return the pause for which this message does not go, or none.

        It goes where one of two channels is open.
        """
        self.ensure_one()
        # sudo: what concerns the practice, for who may see this message
        pauses = self.sudo().company_id.payments_pause_ids
        channels = {"email", "sms"} if self.channel == "both" else {self.channel}
        pauses = pauses.filtered(lambda pause: pause.channel in channels)
        return pauses[:1] if len(pauses) == len(channels) else pauses.browse()

    def _put_back(self):
        """Let those of these sent messages be scheduled of which nothing has left.

        Each invoice's for itself again; which go together is looked at anew.
        """
        unsent = self.filtered(
            lambda message: (
                message.state == "sent"
                and message.channel != "both"
                and not message.unconfirmed
                and all(part._is_known_unsent() for part in message.notification_ids)
            )
        )
        if not unsent:
            return
        unsent._get_sms().to_delete = True
        # with them their mails and notifications
        unsent.notification_ids.mail_message_id.unlink()
        for message in unsent:
            for line in list(message.line_ids)[1:]:
                line.message_id = message.copy({"state": "sent"})
                unsent += line.message_id
        unsent._set_scheduled_again()


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def _is_known_unsent(self):
        """Return whether this part waits, or was refused as the practice's problem.

        Of what failed in another way nobody may know whether it left.
        """
        self.ensure_one()
        return self.notification_status == "ready" or (
            self.notification_status == "exception"
            and self.failure_type in SMS_PROBLEMS
        )
