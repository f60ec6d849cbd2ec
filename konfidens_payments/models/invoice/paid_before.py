from contextlib import contextmanager

from odoo import models

from ...tools import quietly


class AccountMove(models.Model):
    """What was paid of an invoice before it is completed, and what is left to ask for.

    Odoo lets payments be registered on drafts, and lets them go again where the draft
    is changed. Here they stay with it: nobody is asked twice for the same money.
    """

    _inherit = "account.move"

    # === WHAT IS LEFT === #

    def _is_paid(self):
        """Return whether it is paid in full, be it blocked or a draft still."""
        self.ensure_one()
        return self.payment_state in ("paid", "in_payment") or (
            self.payment_state == "blocked"
            and self.currency_id.is_zero(self.amount_residual)
        )

    def _get_amount_to_ask(self):
        """Return what the payer is to pay next, in the invoice's currency.

        As Odoo says it of completed invoices: the next instalment, or what is overdue
        of them, or the rest. Of a draft, what that will be on the day when it is
        completed, whatever day its dates say.
        """
        self.ensure_one()
        if self.state == "posted":
            values = self._get_invoice_next_payment_values()
            return values.get("next_amount_to_pay", self.amount_residual)
        terms = self.line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        ).sorted("date_maturity")
        left = terms.filtered(lambda line: not line.reconciled)
        if len(terms) > 1 and left:
            return self.direction_sign * -left[0].amount_residual_currency
        return self.amount_residual

    def _get_next_due_date(self):
        """Return until when the payer is to pay next."""
        self.ensure_one()
        following = self._get_invoice_next_payment_values()
        return following.get("next_due_date") or self.invoice_date_due

    # === WHAT WAS PAID STAYS === #

    @contextmanager
    def _keeping_payments(self):
        """Keep with these drafts, through a change, what was paid for them.

        What somebody else paid than who pays now is let go.
        """
        # of changes within changes only the outermost counts
        keeping = self.env.cr.cache.setdefault("konfidens_payments_keeping", set())
        drafts = self.browse(
            move.id
            for move in self.sudo()  # sudo: what was paid stays, whoever changes it
            if move.id
            and move.id not in keeping
            and move.state == "draft"
            and any(move.line_ids.mapped("matching_number"))
            and move.booking_ids
        ).sudo()
        payments = {move: move._get_payment_lines() for move in drafts}
        keeping.update(drafts.ids)
        try:
            yield
        finally:
            keeping.difference_update(drafts.ids)
        for move in drafts.exists():
            if move.state == "draft":
                move._take_payments(payments[move])

    def _get_payment_lines(self):
        """Return by which entries this invoice is paid, not those that credit it."""
        self.ensure_one()
        return self._get_reconciled_amls().filtered(
            lambda line: (
                not line.move_id.is_invoice(include_receipts=True)
                and not line.move_id.exchange_diff_partial_ids
            )
        )

    def _take_payments(self, lines):
        """Pay this invoice by what is left of these entries, if its payer made them.

        :param lines: `account.move.line` records of payments
        """
        self.ensure_one()
        lines = lines.exists()
        partner = self.commercial_partner_id
        theirs = lines.filtered(lambda line: line.partner_id == partner)
        self._let_go_payments(lines - theirs)
        terms = self.line_ids.filtered(
            lambda line: line.display_type == "payment_term" and not line.reconciled
        )
        for line in theirs:
            same = terms.filtered_domain(
                [("account_id", "=", line.account_id.id), ("reconciled", "=", False)]
            )
            if same and line.parent_state == "posted" and not line.reconciled:
                # who changes a draft is at it: it is not completed under his hands
                quietly(line + same).reconcile()

    def _let_go_payments(self, lines):
        """Undo that these entries pay this invoice."""
        mine = self.line_ids
        partials = lines.matched_debit_ids.filtered(
            lambda partial: partial.debit_move_id in mine
        ) + lines.matched_credit_ids.filtered(
            lambda partial: partial.credit_move_id in mine
        )
        partials.unlink()
