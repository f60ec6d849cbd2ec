from odoo import api, fields, models


class KonfidensPaymentMessageLine(models.Model):
    """What a payment message tells its payer of one invoice.

    While it is scheduled it follows the invoice; what was told is kept and never
    changes.
    """

    _name = "konfidens.payment.message.line"
    _description = "Payment Message Line"
    _order = "sequence, id"
    _rec_name = "move_id"

    message_id = fields.Many2one(
        "konfidens.payment.message", required=True, index=True, ondelete="cascade"
    )
    move_id = fields.Many2one(
        "account.move", "Invoice", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(export_string_translation=False)
    company_id = fields.Many2one(related="move_id.company_id", store=True)
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_told", store=True, required=True
    )
    amount_total = fields.Monetary(
        compute="_compute_told", store=True, help="What the invoice is told to be."
    )
    amount = fields.Monetary(
        "Asked",
        compute="_compute_told",
        store=True,
        help="What the payer is asked for: the rest, where some is paid.",
    )
    kind = fields.Selection(related="message_id.kind", store=True)
    state = fields.Selection(related="message_id.state")
    pending = fields.Boolean(
        compute="_compute_pending",
        store=True,
        help="It will tell the payer of this invoice, or is telling.",
    )
    is_unsolved = fields.Boolean(
        readonly=True,
        export_string_translation=False,
        help="It did not arrive, and nobody has done anything about it yet.",
    )
    # what the payment message calls it, in words that may leave the house
    appointment = fields.Char(related="move_id.payment_appointment")

    # Nobody is messaged twice about one invoice, whoever presses what at once.
    _one_pending_per_invoice = models.UniqueIndex(
        "(move_id) WHERE pending AND kind != 'receipt'",
        "A payment message for this invoice is scheduled or on its way already.",
    )

    @api.depends(
        "message_id.state",
        "move_id.amount_residual",
        "move_id.amount_total",
        "move_id.currency_id",
        "move_id.state",
    )
    def _compute_told(self):
        for line in self:
            # what left has told what it told
            told = line if line.message_id.state != "scheduled" else line.move_id
            line.update(told._prepare_told_values())

    def _prepare_told_values(self):
        """Return what this line tells, as `account.move` says what it would."""
        self.ensure_one()
        return {
            "currency_id": self.currency_id.id,
            "amount_total": self.amount_total,
            "amount": self.amount,
        }

    @api.depends("message_id.state")
    def _compute_pending(self):
        for line in self:
            line.pending = line.message_id.state in ("scheduled", "sent")

    def _get_latest(self, kind="payment"):
        """Return the last of these lines, of one invoice, that was not called off.

        :param kind: of which kind of messages; what became of a reminder says nothing
            of the payment message
        """
        asking = self.filtered(
            lambda line: line.message_id.state != "cancelled" and line.kind == kind
        )
        return asking.sorted("id")[-1:]

    def _get_later(self):
        """Return the later lines of the same invoices that tell the same.

        Payment message or reminder: each asks for the money; a receipt does not. Not
        those that were called off.
        """
        return self.browse().concat(
            *(
                line.move_id.payment_message_line_ids.filtered(
                    lambda other, line=line: (
                        other.id > line.id
                        and (other.kind == "receipt") == (line.kind == "receipt")
                        and other.state != "cancelled"
                    )
                )
                for line in self
            )
        )

    def _has_failed_before(self, channel):
        """Return whether the invoice's message before this one failed by a channel."""
        self.ensure_one()
        lines = self.move_id.payment_message_line_ids
        before = lines.filtered(lambda line: line.id < self.id)
        message = before._get_latest(self.kind).message_id
        return message.state == "failed" and message.channel == channel

    def _filter_wanted(self):
        """Return those of these lines that shall still be told of."""
        return self.filtered(lambda line: line.move_id._wants_payment_message())

    def _has_told_amount(self):
        """Return whether its message left, and told what is to be paid today.

        One that counts as failed, say since nobody confirmed it in time, may have
        arrived all the same: but then its draft may have been changed. And there are
        ways to change a draft that was cancelled meanwhile.
        """
        if not self:
            return False
        self.ensure_one()
        message, move = self.message_id, self.move_id
        return bool(
            message.state in ("sent", "delivered", "failed")
            and message.sent_date
            and message.partner_id == move.partner_id
            and move.move_type == "out_invoice"
            and self.currency_id == move.currency_id
            and not move.currency_id.compare_amounts(
                self.amount_total, move.amount_total
            )
        )
