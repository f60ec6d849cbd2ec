from odoo import models

from .konfidens_payment_message import KIND


class KonfidensPaymentMessageLine(models.Model):
    """What tells of a credit note: whether it is wanted, and can leave."""

    _inherit = "konfidens.payment.message.line"

    def _filter_credits(self):
        return self.filtered(lambda line: line.kind == KIND)

    def _filter_wanted(self):
        """Override: a credit note is wanted where its invoice left, or may have."""
        credits = self._filter_credits()
        if not credits:
            return super()._filter_wanted()
        others = super(KonfidensPaymentMessageLine, self - credits)._filter_wanted()
        return self & (
            others
            | credits.filtered(
                lambda line: (
                    line.move_id.state == "posted"
                    and line.move_id.reversed_entry_id._may_have_left_by_document()
                )
            )
        )

    def _get_sending_problem(self, channel):
        """Override: a credit note asks for nothing."""
        if self.kind != KIND:
            return super()._get_sending_problem(channel)
        return self.move_id._get_credit_note_problem()

    def _get_leaving_problem(self, channel):
        """Override, as above: it is completed already."""
        if self.kind != KIND:
            return super()._get_leaving_problem(channel)
        return self.move_id._get_credit_note_problem()

    def _filter_held(self):
        """Override: no payment that is being processed holds up a credit note."""
        credits = self._filter_credits()
        return super(KonfidensPaymentMessageLine, self - credits)._filter_held()

    def _has_told_amount(self):
        """Override: a credit note tells what it credits."""
        if not self or self.kind != KIND:
            return super()._has_told_amount()
        message, move = self.message_id, self.move_id
        return bool(
            message.sent_date
            and message.partner_id == move.partner_id
            and self.currency_id == move.currency_id
            and not move.currency_id.compare_amounts(
                self.amount_total, move.amount_total
            )
        )
