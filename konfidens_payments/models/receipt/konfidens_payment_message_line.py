from odoo import api, fields, models


class KonfidensPaymentMessageLine(models.Model):
    """What a receipt tells of one invoice: once, for ever."""

    _inherit = "konfidens.payment.message.line"

    gives_receipt = fields.Boolean(
        compute="_compute_gives_receipt",
        store=True,
        export_string_translation=False,
        help="The payer has a receipt by it, or will have one.",
    )
    amount_paid = fields.Monetary(
        compute="_compute_amount_paid",
        store=True,
        help="What was paid of the invoice when the receipt left: all that was not "
        "credited or written off.",
    )
    pdf_id = fields.Many2one(
        "ir.attachment",
        "PDF",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_system",
        export_string_translation=False,
    )
    pdf_problem = fields.Selection(
        [
            ("missing", "The server has no wkhtmltopdf that works"),
            ("failed", "It could not be made"),
        ],
        "Without PDF",
        readonly=True,
        help="Why the receipt goes without the PDF of this invoice.",
    )

    # One that was called off or failed gave none: another may.
    _one_receipt_per_invoice = models.UniqueIndex(
        "(move_id) WHERE gives_receipt",
        "The payer has a receipt for this invoice already.",
    )

    @api.depends("kind", "message_id.state")
    def _compute_gives_receipt(self):
        for line in self:
            line.gives_receipt = line.kind == "receipt" and (
                line.message_id.state in ("scheduled", "sent", "delivered")
            )

    @api.depends("message_id.sent_date", "move_id")
    def _compute_amount_paid(self):
        # what is told stays, whatever is credited later
        for line in self:
            receipt = line.kind == "receipt"
            line.amount_paid = receipt and line.move_id._get_received_amount()

    def _filter_wanted(self):
        """Override: a receipt is wanted while its invoice is paid."""
        receipts = self.filtered(lambda line: line.kind == "receipt")
        if not receipts:
            return super()._filter_wanted()
        others = super(KonfidensPaymentMessageLine, self - receipts)._filter_wanted()
        return self & (
            others
            | receipts.filtered(lambda line: not line.move_id._get_receipt_obstacle())
        )

    def _get_sending_problem(self, channel):
        """Override: a receipt asks for nothing; it needs an address and a sender."""
        if self.kind != "receipt":
            return super()._get_sending_problem(channel)
        return self.move_id._get_receipt_address_problem(channel)

    def _get_leaving_problem(self, channel):
        """Override, as above: nothing is completed by a receipt."""
        if self.kind != "receipt":
            return super()._get_leaving_problem(channel)
        return self.move_id._get_receipt_address_problem(channel)

    def _filter_held(self):
        """Override: another payment that is being processed holds up no receipt."""
        receipts = self.filtered(lambda line: line.kind == "receipt")
        return super(KonfidensPaymentMessageLine, self - receipts)._filter_held()
