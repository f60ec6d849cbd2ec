from odoo import models
from odoo.tools import format_datetime


class KonfidensPaymentMessage(models.Model):
    """What the chatter of the invoices keeps for the auditor.

    Internal notes in the practice's language, written for many at once; nobody is
    notified, and nothing is said about the treatment.
    """

    _inherit = "konfidens.payment.message"

    def _log(self, describe):
        """Write a note on the invoice of each of these messages.

        :param describe: called with one message, in the practice's language; returns
            the note's text
        """
        self.move_id._message_log_batch(
            {
                message.move_id.id: message._mask_addresses(
                    describe(message._in_practice_language())
                )
                for message in self
            }
        )

    def _format_log_date(self, moment):
        """Return a moment (UTC, naive) as it was where the practice is."""
        return format_datetime(
            self.env, moment, tz=self.move_id._get_payment_tz(), dt_format="short"
        )

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
            "Payment message delivered. %(evidence)s", evidence=self.evidence
        )

    def _describe_completion(self):
        return self.env._(
            "Invoice completed because its payment message was delivered. %(evidence)s",
            evidence=self.evidence,
        )

    def _describe_failure(self):
        return self._get_story()
