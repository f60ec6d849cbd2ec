from odoo import fields, models

from ...tools import format_coming, format_moment
from ..message.words import LATE


class KonfidensPaymentMessage(models.Model):
    """What is said of a receipt: on screens, and in the chatter of invoices."""

    _inherit = "konfidens.payment.message"

    def _get_story(self):
        """Override: of a receipt, and whether the PDF goes along."""
        if self.kind != "receipt":
            return super()._get_story()
        story = self._get_receipt_story() or super()._get_story()
        if self.state in ("failed", "cancelled"):
            return story
        return " ".join(filter(None, (story, self._get_pdf_note())))

    def _get_receipt_story(self):
        """Return where this receipt stands, or False where that is as with others."""
        payer = self.partner_id.display_name
        match self.state:
            case "scheduled":
                return self._get_scheduled_receipt_story(payer)
            case "sent" if self.next_try_date:
                return self.env._(
                    "%(reason)s It is tried again %(moment)s.",
                    reason=self.failure_reason,
                    moment=format_coming(self.env, self.next_try_date),
                )
            case "sent" if not self.failure_reason:
                return self.env._(
                    "The receipt was sent %(moment)s to %(payer)s.",
                    moment=format_moment(self.env, self.sent_date),
                    payer=payer,
                )
            case "failed":
                return self.env._(
                    "The receipt did not reach %(payer)s: %(reason)s",
                    payer=payer,
                    reason=self.failure_reason,
                )
            case "cancelled":
                return self.env._("The receipt was called off.")
        return False

    def _get_scheduled_receipt_story(self, payer):
        if pause := self._get_pause():
            return self.env._(
                "Sending %(by_channel)s is paused. %(reason)s The receipt goes out to "
                "%(payer)s once that is mended.",
                by_channel=pause._get_channel_words(),
                reason=pause.reason,
                payer=payer,
            )
        if self.scheduled_date < fields.Datetime.now() - LATE:
            return self.env._(
                "The receipt to %(payer)s was due %(moment)s and has not left yet.",
                moment=format_moment(self.env, self.scheduled_date),
                payer=payer,
            )
        return self.env._(
            "The receipt goes out %(moment)s to %(payer)s.",
            moment=format_coming(self.env, self.scheduled_date),
            payer=payer,
        )

    # === IN THE CHATTER === #

    def _describe_schedule(self):
        """Override, of a receipt."""
        if self.kind != "receipt":
            return super()._describe_schedule()
        return self.env._(
            "Receipt to %(payer)s (%(channel)s) scheduled for %(moment)s.",
            payer=self.partner_id.display_name,
            channel=dict(self._fields["channel"]._description_selection(self.env))[
                self.channel
            ],
            moment=self._format_log_date(self.scheduled_date),
        )

    def _describe_send_now(self):
        """Override, of a receipt."""
        if self.kind != "receipt":
            return super()._describe_send_now()
        return self.env._("Receipt to be sent now instead of at its time.")

    def _describe_cancellation(self):
        """Override, of a receipt."""
        if self.kind != "receipt":
            return super()._describe_cancellation()
        return self.env._("Receipt called off.")

    def _describe_delivery(self):
        """Override, of a receipt."""
        if self.kind != "receipt":
            return super()._describe_delivery()
        said = self.env._(
            "Receipt delivered. %(evidence)s", evidence=self._get_log_evidence()
        )
        return " ".join(filter(None, (said, self._get_pdf_note())))

    def _describe_part(self):
        """Override, of a receipt."""
        if self.kind != "receipt":
            return super()._describe_part()
        return self.env._(
            "The receipt was delivered, but not by both channels: %(reason)s",
            reason=self.failure_reason,
        )

    def _describe_together(self):
        """Override, of a receipt."""
        if self.kind != "receipt":
            return super()._describe_together()
        return self.env._(
            "A %(message)s told of several paid invoices together.",
            message=self._get_html_link(title=self.env._("receipt")),
        )
