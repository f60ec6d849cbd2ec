from odoo import models
from odoo.tools import format_datetime

from odoo.addons.konfidens_payments.tools import format_coming, format_moment

from .konfidens_payment_message import CHANNEL


class KonfidensPaymentMessage(models.Model):
    """What is said of an electronic invoice on its way."""

    _inherit = "konfidens.payment.message"

    def _get_evidence(self, tz=None):
        """Override: the buyer's access point has the document."""
        if self.delivered_by != CHANNEL:
            return super()._get_evidence(tz)
        return self.env._(
            "Electronic invoice received by the access point of %(address)s %(time)s.",
            address=self.delivered_to,
            time=format_datetime(
                self.env, self.delivered_date, tz=tz, dt_format="short"
            ),
        )

    def _get_story(self):
        """Override: where the document stands, and that the invoice comes before it."""
        if self.channel != CHANNEL or self.failure_reason or self.next_try_date:
            return super()._get_story()
        payer = self.partner_id.display_name
        drafts = "draft" in self.line_ids.move_id.mapped("state")
        if self.state == "scheduled" and drafts:
            return self.env._(
                "%(moment)s the invoice is completed, and goes to %(payer)s as an "
                "electronic invoice.",
                moment=format_coming(self.env, self.scheduled_date).capitalize(),
                payer=payer,
            )
        if self.state == "sent" and self._get_waiting():
            return self.env._(
                "The invoice is completed. Its document is handed over to the access "
                "point for %(payer)s in a moment.",
                payer=payer,
            )
        if self.state == "sent":
            return self.env._(
                "The electronic invoice was handed over %(moment)s; the access point "
                "of %(payer)s has not confirmed it yet.",
                moment=format_moment(self.env, self.sent_date),
                payer=payer,
            )
        return super()._get_story()
