from odoo import api, fields, models

from ...tools import in_each_language


class KonfidensPaymentMessage(models.Model):
    """What is different with a message that is a receipt.

    It asks for nothing and changes nothing of the invoice.
    """

    _inherit = "konfidens.payment.message"

    amount_paid = fields.Monetary(
        compute="_compute_amount_paid",
        help="What was paid of the invoices that you may see.",
    )

    @api.depends("all_line_ids.amount_paid")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_amount_paid(self):
        for message in self:
            message.amount_paid = sum(message.line_ids.mapped("amount_paid"))

    # === ACTION METHODS === #

    def _send_again(self, choose):
        """Override: a receipt that failed is sent again as one."""
        receipts = self._filter_receipts()
        others = self - receipts
        messages = (
            super(KonfidensPaymentMessage, others)._send_again(choose)
            if others
            else self.browse()
        )
        for message in receipts:
            lines = message._lock_in_state("failed")
            # of what is still paid, where something is
            moves = (lines._filter_wanted() or lines).move_id
            channel = choose(message.channel)
            moves._check_can_have_receipt(channel)
            messages += moves._schedule_receipts(
                fields.Datetime.now(), channel
            ).with_env(self.env)
        return messages

    # === BUSINESS METHODS === #

    def _filter_receipts(self):
        return self.filtered(lambda message: message.kind == "receipt")

    def _get_mail_template(self):
        """Override: that of receipts."""
        if self.kind != "receipt":
            return super()._get_mail_template()
        return self.env.ref("konfidens_payments.mail_template_receipt")

    def _get_sms_template(self):
        """Override: that of receipts."""
        if self.kind != "receipt":
            return super()._get_sms_template()
        return self.env.ref("konfidens_payments.sms_template_receipt")

    def _goes_together(self):
        """Override: who has paid several at once gets one receipt."""
        return self.kind == "receipt" or super()._goes_together()

    def _send_instead(self, moves, channel, scheduled_date):
        """Override: what takes the place of a receipt is one."""
        if self.kind != "receipt":
            return super()._send_instead(moves, channel, scheduled_date)
        return moves._schedule_receipts(scheduled_date, channel)

    def _get_open_lines(self):
        """Override: of a receipt, the lines of what is paid still."""
        receipts = self._filter_receipts()
        others = super(KonfidensPaymentMessage, self - receipts)._get_open_lines()
        return others | receipts.line_ids._filter_wanted()

    def _ask_to_mend(self, move, reason):
        """Override: somebody is asked about a receipt once, whatever it told of."""
        if self.kind != "receipt":
            return super()._ask_to_mend(move, reason)
        if move == self._get_open_lines().move_id[:1]:
            move._ask_about_receipt(reason)
        return None

    def _note_late_bounce(self):
        """Override: a receipt that came back has failed, and may be sent again."""
        receipts = self._filter_receipts()
        others = super(KonfidensPaymentMessage, self - receipts)
        result = others._note_late_bounce()
        for message in receipts.filtered(lambda message: message.state == "delivered"):
            if "sent" not in message.notification_ids.mapped("notification_status"):
                message._fail(
                    in_each_language(
                        message, lambda one: one._get_refusal(one.notification_ids)
                    )
                )
        return result
