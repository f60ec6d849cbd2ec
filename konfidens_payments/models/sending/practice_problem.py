import smtplib
import ssl

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
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
# What a payer needs to be reached by a channel.
ADDRESSES = {"email": "email_normalized", "sms": "phone_sanitized"}

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
                + [("channel", "in", (channel, "both"))]
                + [("id", "not in", messages.ids)]
            )
            (messages | waiting)._put_back()
            (messages | waiting)._note_held()

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
        message = self.sudo()
        pauses = message.company_id.payments_pause_ids
        if not pauses:
            return pauses
        channels = message._get_channels()
        pauses = pauses.filtered(lambda pause: pause.channel in channels)
        return pauses[:1] if len(pauses) == len(channels) else pauses.browse()

    def _get_channels(self):
        """Return by which channels this message goes, or went: a list, maybe empty.

        One by both goes by one only where its payer has no address for the other, or
        where the other failed for good.
        """
        self.ensure_one()
        if parts := self.notification_ids:
            going = parts.filtered(lambda part: part._may_arrive())
            return list(set(going.mapped("notification_type")))
        return [channel for channel in ADDRESSES if self._by_channel(channel)]

    @api.model
    def _get_by_channel_domain(self, channel):
        """Return which scheduled messages go by this channel, or by this too."""
        address = Domain(f"move_id.partner_id.{ADDRESSES[channel]}", "!=", False)
        return Domain("channel", "=", channel) | (
            Domain("channel", "=", "both") & Domain("all_line_ids", "any", address)
        )

    @api.model
    def _get_held_domain(self, channel):
        """Return what may still leave by this channel: scheduled, or on its way."""
        parts = Domain("notification_type", "=", channel) & (
            Domain("notification_status", "in", ("ready", "process"))
            | Domain("notification_status", "=", "exception")
            & Domain("failure_type", "in", SMS_PROBLEMS)
        )
        scheduled = Domain("state", "=", "scheduled")
        return (scheduled & self._get_by_channel_domain(channel)) | (
            Domain("state", "in", ("sent", "delivered"))
            & Domain("notification_ids", "any", parts)
        )

    def _without_held(self):
        """Return those of these due messages that may be handed over now.

        Where sending is paused, one is, and no other before it has left. What goes by
        two channels goes where one of them lets it.
        """
        pauses = self.env["konfidens.payment.pause"]
        if not pauses.search_count([], limit=1):
            return self
        channels = {message: message._get_channels() for message in self}
        free = {
            channel: pauses._leave_probes(
                theirs - self._get_behind_probes(theirs, channel), channel
            )
            for channel in ADDRESSES
            if (theirs := self.filtered(lambda one, by=channel: by in channels[one]))
        }
        return self.filtered(
            lambda message: (
                not channels[message]
                or any(message in free[channel] for channel in channels[message])
            )
        )

    @api.model
    def _get_behind_probes(self, messages, channel):
        """Return those of these messages that wait for what another is tried for."""
        pauses = self.env["konfidens.payment.pause"].search([("channel", "=", channel)])
        if not pauses:
            return messages.browse()
        tried = self.search(
            self._get_waiting_domain(channel)
            & Domain("company_id", "in", pauses.company_id.ids)
        ).company_id
        return messages.filtered(lambda message: message.company_id in tried)

    def _put_back(self):
        """Let those of these sent messages be scheduled of which nothing can leave.

        By no channel has it, or does it now. Each invoice's for itself again; which go
        together is looked at anew.
        """
        unsent = self.filtered(
            lambda message: (
                message.state == "sent"
                and not message.unconfirmed
                and all(part._is_known_unsent() for part in message.notification_ids)
                and message._get_pause()
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

    def _note_held(self):
        """Note that those of these sent messages wait of which one part cannot leave.

        The other failed for good: nothing of it is under way.
        """
        for message in self:
            failed = message._get_failed()
            if message.state == "sent" and failed and message._get_pause():
                message.write(
                    {
                        "failure_reason": message._explain(failed),
                        "next_try_date": fields.Datetime.now(),
                    }
                )


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def _may_arrive(self):
        """Return whether this part has left, or still may."""
        self.ensure_one()
        return (
            self.notification_status in ("process", "pending", "sent")
            or self._is_known_unsent()
        )

    def _is_known_unsent(self):
        """Return whether this part waits, or was refused as the practice's problem.

        Of what failed in another way nobody may know whether it left.
        """
        self.ensure_one()
        return self.notification_status == "ready" or (
            self.notification_status == "exception"
            and self.failure_type in SMS_PROBLEMS
        )
