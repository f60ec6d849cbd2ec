from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_datetime

from ...tools import format_coming, format_moment, mask_addresses

# From when on something that is due counts as forgotten.
LATE = timedelta(minutes=10)


class KonfidensPaymentMessage(models.Model):
    """What is said of a payment message: on screens, and in the chatter of invoices.

    What the chatter keeps for the auditor are internal notes in the practice's
    language, written for many at once; nobody is notified, and nothing is said about
    the treatment.
    """

    _inherit = "konfidens.payment.message"

    # Text, not Char: lists show all of it, in several lines
    story = fields.Text("What happens", compute="_compute_story")

    @api.depends(
        "state",
        "scheduled_date",
        "sent_date",
        "wanted_date",
        "evidence",
        "failure_reason",
        "next_try_date",
        "all_line_ids.move_id.state",
    )
    @api.depends_context("lang", "tz", "uid", "allowed_company_ids")
    def _compute_story(self):
        for message in self:
            message.story = message._get_story()

    @api.depends("delivered_by", "delivered_date", "delivered_to")
    @api.depends_context("lang", "tz")
    def _compute_evidence(self):
        for message in self:
            message.evidence = message._get_evidence()

    # === ON SCREENS === #

    def _get_evidence(self, tz=None):
        """Return in words how it is known that this message arrived, or False.

        :param tz: name of the time zone; default: the user's
        """
        self.ensure_one()
        time = format_datetime(self.env, self.delivered_date, tz=tz, dt_format="short")
        address = self.delivered_to
        match self.delivered_by:
            case "sms":
                return self.env._(
                    "SMS to %(number)s delivered %(time)s.", number=address, time=time
                )
            case "email":
                return self.env._(
                    "E-mail to %(address)s accepted by the mail server %(time)s.",
                    address=address,
                    time=time,
                )
            case "link":
                return self.env._("Pay link opened %(time)s.", time=time)
        return False

    def _get_story(self):
        """Return in one sentence where this message stands, in the user's time."""
        self.ensure_one()
        if self.state in ("scheduled", "sent") and (pause := self._get_pause()):
            waits = self.env._(
                "Sending %(by_channel)s is paused. %(reason)s The payment message goes "
                "out to %(payer)s once that is mended.",
                by_channel=pause._get_channel_words(),
                reason=pause.reason,
                payer=self.partner_id.display_name,
            )
            # what failed by the other channel
            failed = self.state == "sent" and self.failure_reason
            return f"{failed} {waits}" if failed else waits
        if self.state == "scheduled" and self.failure_reason:
            return self.env._(
                "%(reason)s If it fails, the payment message goes out %(moment)s to "
                "%(payer)s.",
                reason=self.failure_reason,
                moment=format_coming(self.env, self.scheduled_date),
                payer=self.partner_id.display_name,
            )
        if self.state == "scheduled" and (
            self.scheduled_date < fields.Datetime.now() - LATE
        ):
            return self.env._(
                "The payment message to %(payer)s was due %(moment)s and has not left "
                "yet.",
                moment=format_moment(self.env, self.scheduled_date),
                payer=self.partner_id.display_name,
            )
        if self.state == "scheduled" and self.wanted_date:
            return self.env._(
                "The payment message goes out %(moment)s to %(payer)s, when the quiet "
                "hours are over.",
                moment=format_coming(self.env, self.scheduled_date),
                payer=self.partner_id.display_name,
            )
        if self.state == "scheduled":
            return self.env._(
                "The payment message goes out %(moment)s to %(payer)s.",
                moment=format_coming(self.env, self.scheduled_date),
                payer=self.partner_id.display_name,
            )
        if self.state == "sent" and self.next_try_date:
            return self.env._(
                "%(reason)s It is tried again %(moment)s.",
                reason=self.failure_reason,
                moment=format_coming(self.env, self.next_try_date),
            )
        if self.state == "sent" and self.failure_reason:
            return self.failure_reason
        if self.state == "sent" and "draft" not in self.line_ids.move_id.mapped(
            "state"
        ):
            return self.env._(
                "The payment message was sent %(moment)s to %(payer)s.",
                moment=format_moment(self.env, self.sent_date),
                payer=self.partner_id.display_name,
            )
        if self.state == "sent":
            return self.env._(
                "The payment message was sent %(moment)s to %(payer)s. The invoice is "
                "completed once it is delivered.",
                moment=format_moment(self.env, self.sent_date),
                payer=self.partner_id.display_name,
            )
        if self.state == "failed":
            return self.env._(
                "The payment message did not reach %(payer)s: %(reason)s",
                payer=self.partner_id.display_name,
                reason=self.failure_reason,
            )
        if self.state == "cancelled":
            return self.env._("The payment message was called off.")
        if self.came_back:
            return self.failure_reason
        # of two channels one may have failed
        return " ".join(filter(None, (self.evidence, self.failure_reason)))

    def _get_dated_story(self):
        """Return the story of a message that is not the latest any more, and when."""
        self.ensure_one()
        return self.env._(
            "%(moment)s: %(story)s",
            moment=format_datetime(
                self.env, self.sent_date or self.scheduled_date, dt_format="short"
            ),
            story=self.story,
        )

    def _mask_addresses(self, text):
        """Return a text with only hints at where these messages go.

        :param text: plain text or `Markup`
        """
        # those to which it went, too, where the contact has others by now
        numbers = self.notification_ids.mapped("sms_number")
        return mask_addresses(text, self.partner_id, numbers)

    # === IN THE CHATTER === #

    def _log(self, describe):
        """Write a note on each invoice of which these messages tell.

        :param describe: called with one message, in the practice's language; returns
            the note's text
        """
        if not self:
            return
        bodies = {}
        for message in self:
            note = message._mask_addresses(describe(message._in_practice_language()))
            bodies |= dict.fromkeys(message.line_ids.move_id.ids, note)
        self.line_ids.move_id._message_log_batch(bodies)

    def _format_log_date(self, moment):
        """Return a moment (UTC, naive) as it was where the practice is."""
        tz = self._get_first_move()._get_payment_tz()
        return format_datetime(self.env, moment, tz=tz, dt_format="short")

    def _describe_schedule(self):
        return self.env._(
            "Payment message to %(payer)s (%(channel)s) scheduled for %(moment)s.",
            payer=self.partner_id.display_name,
            channel=dict(self._fields["channel"]._description_selection(self.env))[
                self.channel
            ],
            moment=self._format_log_date(self.scheduled_date),
        )

    def _describe_send_now(self):
        return self.env._("Payment message to be sent now instead of at its time.")

    def _describe_move(self):
        return self.env._(
            "Payment message moved with its appointment, to %(moment)s.",
            moment=self._format_log_date(self.scheduled_date),
        )

    def _describe_cancellation(self):
        return self.env._("Payment message called off.")

    def _describe_delivery(self):
        return self.env._(
            "Payment message delivered. %(evidence)s", evidence=self._get_log_evidence()
        )

    def _get_log_evidence(self):
        """Return how it is known that this message arrived, where the practice is."""
        return self._get_evidence(self._get_first_move()._get_payment_tz())

    def _describe_failure(self):
        return self._get_story()
