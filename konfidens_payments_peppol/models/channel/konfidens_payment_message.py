from odoo import api, fields, models

# As Odoo calls this way of sending invoices.
CHANNEL = "peppol"
NAME = "Electronic invoice (EHF)"


class KonfidensPaymentMessage(models.Model):
    """A message that is the invoice itself, as a document to the buyer's system."""

    _inherit = "konfidens.payment.message"

    channel = fields.Selection(
        selection_add=[(CHANNEL, NAME)], ondelete={CHANNEL: "set default"}
    )
    delivered_by = fields.Selection(selection_add=[(CHANNEL, "Electronic invoice")])

    @api.model
    def _get_other_channel(self, channel):
        """Override: where the document is refused, an e-mail can still tell of it."""
        if channel == CHANNEL:
            return "email"
        return super()._get_other_channel(channel)

    @api.model
    def _may_go_together(self, channel):
        """Override: a document is about one invoice."""
        return channel != CHANNEL and super()._may_go_together(channel)

    def _by_document(self):
        """Return those of these messages that are electronic invoices."""
        return self.filtered(lambda message: message.channel == CHANNEL)

    def _get_later_date(self):
        """Override: what is taxed is invoiced when its appointment has begun."""
        move = self.line_ids.move_id
        if self.channel == CHANNEL and move.state == "draft" and move._has_not_begun():
            return move.completes_after
        return super()._get_later_date()
