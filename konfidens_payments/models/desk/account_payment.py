from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..booking.calendar_event import BOOKING, GROUPS

OURS = {"payments_method_id", "payments_settled_amount"}


class AccountPayment(models.Model):
    """Odoo's payment: by which of the practice's ways it was taken."""

    _inherit = "account.payment"

    payments_method_id = fields.Many2one(
        "konfidens.payment.method",
        "Way to Pay",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups=GROUPS,
        help="How it was taken at the desk.",
    )
    payments_settled_amount = fields.Monetary(
        "Settled",
        readonly=True,
        copy=False,
        groups=GROUPS,
        help="What the closed day settlements counted of it.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `account`: whoever books into a cash box, it is counted there.

        :raises AccessError: as in `_check_are_not_ours`
        """
        defaults = {key[8:] for key in self.env.context if key.startswith("default_")}
        self._check_are_not_ours(defaults.union(*vals_list))
        payments = super().create(vals_list)
        payments._note_cash()
        return payments

    def write(self, vals):
        """Override of `account`.

        :raises AccessError: as in `_check_are_not_ours`
        """
        self._check_are_not_ours(vals)
        if "journal_id" not in vals:
            return super().write(vals)
        payments = self.sudo()  # sudo: whoever may change the journal
        moved = payments.filtered(
            lambda payment: payment.journal_id.id != vals["journal_id"]
        )
        moved._check_not_settled()
        result = super().write(vals)
        moved._follow_journal()
        return result

    def _check_not_settled(self):
        """:raises UserError: a closed day settlement counted one of these payments."""
        if any(self.mapped("payments_settled_amount")):
            raise UserError(
                self.env._(
                    "A closed day settlement counted this payment, so it stays in its "
                    "journal. Cancel it and register a new one: the next settlement "
                    "says so."
                )
            )

    def _follow_journal(self):
        """Let these payments be counted where their new journal is."""
        methods = self.env["konfidens.payment.method"]
        methods = methods.search([("journal_id", "in", self.journal_id.ids)])
        for payment in self.filtered("payments_method_id"):
            payment.payments_method_id = methods.filtered(
                lambda method, of=payment.journal_id: method.journal_id == of
            )[:1]
        self._note_cash()

    @api.model
    def _check_are_not_ours(self, names):
        """:raises AccessError: one of them is kept by the program."""
        if not self.env.su and OURS & set(names):
            raise AccessError(
                self.env._(
                    "By which way a payment was taken, and what the day settlements "
                    "counted of it, is noted where it is taken and counted."
                )
            )

    def _note_cash(self):
        """Note the way to pay of those of these payments that are in its cash box."""
        # sudo: whose cash box it is, whoever registers the payment
        cash = self.sudo().filtered(
            lambda payment: (
                payment.journal_id.type == "cash"
                and payment.payments_method_id.journal_id != payment.journal_id
            )
        )
        if not cash:
            return
        methods = self.env["konfidens.payment.method"].sudo()
        methods = methods.search([("journal_id", "in", cash.journal_id.ids)])
        for journal, payments in cash.grouped("journal_id").items():
            theirs = methods.filtered(lambda one, of=journal: one.journal_id == of)
            payments.payments_method_id = theirs[:1]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_settled(self):
        # sudo: whether it was counted, not by whom
        if any(self.sudo().mapped("payments_settled_amount")):
            raise UserError(
                self.env._(
                    "A closed day settlement counted this payment, so it stays. Cancel "
                    "it instead: the next settlement says so."
                )
            )

    def _open_receipt(self):
        """Return the action that opens Odoo's receipt of this payment."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/konfidens_payments/receipt/{self.id}",
            "target": "new",
        }

    @api.model
    def _find_for_receipt(self, payment_id):
        """Return a payment with all rights, or none that the user may see.

        One that was taken at the desk, by who may bill all that it pays.
        """
        # sudo: what it pays; what the user may do with that is checked
        payment = self.sudo().browse(payment_id).exists()
        moves = payment.reconciled_invoice_ids
        billed = [(move | move.reversed_entry_id).booking_ids for move in moves]
        if not payment.payments_method_id or not billed or not all(billed):
            return payment.browse()
        bookings = self.env[BOOKING].sudo(False).union(*billed)
        return payment if bookings.has_access("write") else payment.browse()
