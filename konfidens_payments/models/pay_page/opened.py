from odoo import fields, models
from odoo.tools import format_datetime


class KonfidensPaymentMessage(models.Model):
    """What an opened pay link tells about the message that it came with."""

    _inherit = "konfidens.payment.message"

    def _has_told_amount(self):
        """Return whether this message left, and told what is to be paid today.

        One that counts as failed, say since nobody confirmed it in time, may have
        arrived all the same: but then its draft may have been changed.
        """
        if not self:
            return False
        self.ensure_one()
        move = self.move_id
        return self.state in ("sent", "delivered") or bool(
            self.state == "failed"
            and self.sent_date
            and self.partner_id == move.partner_id
            and not move.currency_id.compare_amounts(self.amount, move.amount_total)
        )

    def _prepare_opened_values(self):
        """Return the values of messages whose pay link was opened now."""
        practice = self._in_practice_language()
        return self._prepare_delivery_values(
            practice.env._(
                "Pay link opened %(time)s.",
                time=format_datetime(
                    practice.env,
                    fields.Datetime.now(),
                    tz=self.move_id[:1]._get_payment_tz(),
                    dt_format="short",
                ),
            )
        )
