from odoo import api, fields, models

# Why something is a difference; the words say it in a sentence: see `words`.
REASONS = {
    "unbilled": "Billed by nobody",
    "status": "Wrong status",
    "booking": "Wrong figures of a booking",
    "share": "Shares are no whole",
    "cancelled": "Cancelled appointment",
    "guest": "Guest billed by nobody",
    "deadline": "Not invoiced in time",
    "twice": "Billed twice",
    "invoice": "Wrong figures of an invoice",
    "told": "Not what the payer was told",
    "ledger": "Not what was paid",
    "credit": "To be credited",
    "completion": "Not completed",
    "message": "Message stands still",
    "job": "Job does not run",
    "failed": "Not proved",
}


class KonfidensPaymentProofLine(models.Model):
    """Something that is not as it should be: why, what it is about, what mends it."""

    _name = "konfidens.payment.proof.line"
    _description = "Difference"
    _order = "id"
    _rec_name = "reason"

    proof_id = fields.Many2one(
        "konfidens.payment.proof",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="proof_id.company_id", store=True)
    reason = fields.Selection(list(REASONS.items()), required=True, readonly=True)
    # what it is about
    booking_id = fields.Many2one(
        "konfidens.payment.booking",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    invoice_id = fields.Many2one(
        "account.move", readonly=True, index="btree_not_null", ondelete="set null"
    )
    message_id = fields.Many2one(
        "konfidens.payment.message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    event_id = fields.Many2one(
        "calendar.event",
        "Appointment",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    guest_id = fields.Many2one(
        "res.partner", readonly=True, index="btree_not_null", ondelete="set null"
    )
    # of money: what one side says, and what the other
    currency_id = fields.Many2one("res.currency", readonly=True)
    expected = fields.Monetary("Should Be", readonly=True)
    found = fields.Monetary("Is", readonly=True)
    detail = fields.Char(
        readonly=True,
        export_string_translation=False,
        help="Which job it is.",
    )
    # what became of it
    mended_by_id = fields.Many2one("res.users", readonly=True)
    mended_on = fields.Datetime("Mended", readonly=True)
    can_mend = fields.Boolean(
        compute="_compute_can_mend", export_string_translation=False
    )
    can_open = fields.Boolean(
        compute="_compute_can_open", export_string_translation=False
    )

    @api.depends("reason", "mended_on")
    def _compute_can_mend(self):
        mends = self._get_mends()
        for line in self:
            line.can_mend = line.reason in mends and not line.mended_on

    @api.depends("booking_id", "invoice_id", "message_id", "event_id")
    def _compute_can_open(self):
        for line in self:
            line.can_open = bool(line._get_record())

    # === ACTION METHODS === #

    def action_open(self):
        """Open what this row is about.

        :return: a window action, or False where it is gone
        :raises AccessError: the user may not read it
        """
        self.ensure_one()
        record = self._get_record()
        if not record:
            return False
        record.check_access("read")
        if record._name == "account.move":
            return record._open_invoices()
        return record._get_records_action(context={})

    def _get_record(self):
        """Return the record that this row is about: where it can be seen to."""
        first = {
            "told": self.invoice_id,
            "invoice": self.invoice_id,
            "ledger": self.invoice_id,
            "credit": self.invoice_id,
            "completion": self.invoice_id,
            "cancelled": self.event_id,
        }.get(self.reason)
        return (
            first
            or self.booking_id
            or self.invoice_id
            or self.message_id
            or self.event_id
        )

    def _get_keys(self):
        """Return by what these differences are known again the next night: a set."""
        return {
            (
                line.reason,
                line.booking_id.id,
                line.invoice_id.id,
                line.message_id.id,
                line.event_id.id,
                line.guest_id.id,
                line.detail,
            )
            for line in self
        }
