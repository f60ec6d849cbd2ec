from odoo import api, fields, models

from ..booking.calendar_event import GROUPS
from ..invoice.in_force import _ensure_column


class AccountMove(models.Model):
    """When a receipt of an invoice is due: as soon as it is paid, however that came.

    What is seen is the invoice itself: completed, paid, and not credited.
    """

    _inherit = "account.move"

    paid_since = fields.Datetime(
        compute="_compute_receipt_date",
        store=True,
        groups=GROUPS,
        help="Since when this completed invoice of an appointment is paid.",
    )
    receipt_date = fields.Datetime(
        "Receipt Due",
        compute="_compute_receipt_date",
        store=True,
        index="btree_not_null",
        groups=GROUPS,
        help="Since when its receipt waits to be made.",
    )

    def _auto_init(self):
        """Override of `base`: no invoice of before gets a receipt, however many."""
        for name in ("paid_since", "receipt_date"):
            _ensure_column(self, name)
        return super()._auto_init()

    # === COMPUTE METHODS === #

    @api.depends(
        "amount_residual",
        "booking_ids",
        "externally_billed",
        "matched_payment_ids.state",
        "move_type",
        "payment_state",
        "reversal_move_ids.state",
        "state",
    )
    def _compute_receipt_date(self):
        """Note when it becomes paid; the receipt is due then, and once.

        What stays paid asks for no other, say where the bank's statement follows.
        """
        now = fields.Datetime.now()
        for move in self:
            since, due = move.paid_since, move.receipt_date
            if not move._is_receivable():
                move.paid_since = move.receipt_date = False
                continue
            move.paid_since = since or now
            if not since:
                due = now if move.company_id.payments_receipt_since else False
            move.receipt_date = due

    # === BUSINESS METHODS === #

    def _is_receivable(self):
        """Return whether this is a completed invoice that is paid, and stays so."""
        self.ensure_one()
        return bool(
            self.state == "posted"
            and self.move_type == "out_invoice"
            and self._is_paid()
            and not self._is_part_under_way()
            and not self.externally_billed
            and self.booking_ids
            and not self._is_credited()
        )

    def _get_last_paid_day(self):
        """Return the day of the last payment of this invoice, or None.

        What is credited or written off is not paid.
        """
        self.ensure_one()
        payments = self.reconciled_payment_ids.filtered(
            lambda payment: payment.state in ("in_process", "paid")
        )
        statements = self._get_payment_lines().move_id.statement_line_id
        return max([*payments.mapped("date"), *statements.mapped("date")], default=None)

    def _get_receipt_obstacle(self):
        """Return why there is no receipt of this invoice, in words, or False.

        The one place that says so: for what is due, what is scheduled, and a button.
        """
        self.ensure_one()
        name = self.display_name
        if not self._is_receivable():
            return self.env._(
                "%(invoice)s is not paid, or credited, so there is no receipt of it.",
                invoice=name,
            )
        company = self.company_id
        if not company.payments_active:
            return self.env._("Payments are not active in this company.")
        if not company.payments_receipt_since:
            return self.env._("Receipts are switched off in Settings, Payments.")
        day = self._get_last_paid_day()
        if not day:
            return self.env._(
                "No payment came for %(invoice)s itself, so there is no receipt of it.",
                invoice=name,
            )
        if day < company.payments_receipt_since:
            return self.env._(
                "%(invoice)s was paid before the practice sent receipts.", invoice=name
            )
        return False

    def _has_receipt(self):
        """Return whether the payer has a receipt of this, or will have it."""
        self.ensure_one()
        return any(self.payment_message_line_ids.mapped("gives_receipt"))

    # === EVENTS === #

    def _invoice_paid_hook(self):
        """Override of `account`: its receipt is made at once."""
        result = super()._invoice_paid_hook()
        self._wake_receipts()
        return result

    def _post(self, soft=True):
        """Override of `account`: so is that of what was paid as a draft."""
        posted = super()._post(soft=soft)
        posted._wake_receipts()
        return posted

    def _wake_receipts(self):
        """Let the job look, if a receipt of one of these invoices is due."""
        # sudo: whether one is; whoever registers a payment may wake the job
        if any(self.sudo().mapped("receipt_date")):
            self.env["konfidens.payment.message"]._get_cron("send_receipts")._trigger()
