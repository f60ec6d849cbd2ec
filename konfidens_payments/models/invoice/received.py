from odoo import models


class AccountMove(models.Model):
    """What was really paid of an invoice: not credited, and not written off."""

    _inherit = "account.move"

    def _get_received_amount(self):
        """Return how much money came for this invoice, in its currency.

        Also what the payer had to his credit from another invoice that was paid.
        """
        self.ensure_one()
        received, lent = 0.0, self._get_lent_credits()
        for partial in self.line_ids.matched_credit_ids:
            entry = partial.credit_move_id.move_id
            if entry.exchange_diff_partial_ids:
                continue
            if entry.is_invoice(include_receipts=True):
                came = 1.0 if entry in lent else 0.0
            else:
                came = 1.0 - partial.credit_move_id._get_share_written_off()
            received += partial.debit_amount_currency * came
        return self.currency_id.round(received + self._get_amount_under_way())

    def _get_amount_under_way(self):
        """Return what was paid and is not in the bank's statement, in its currency.

        Where Odoo waits for the statement it books nothing until then, and says that
        the invoice is in payment, of however little.
        """
        self.ensure_one()
        if self.payment_state != "in_payment":
            return 0.0
        waiting = self.matched_payment_ids.filtered(
            lambda payment: not payment.move_id and payment.state == "in_process"
        )
        if not waiting:
            return self.amount_residual
        amount = sum(
            payment.currency_id._convert(
                payment.amount, self.currency_id, self.company_id, payment.date
            )
            for payment in waiting
        )
        return min(amount, self.amount_residual)

    def _is_part_under_way(self):
        """Return whether only a part of what is left waits for the bank's statement."""
        left = self.amount_residual - self._get_amount_under_way()
        return self.payment_state == "in_payment" and not self.currency_id.is_zero(left)

    def _get_lent_credits(self):
        """Return the credit notes of other invoices that were added to this one."""
        self.ensure_one()
        return self.line_ids.matched_credit_ids.credit_move_id.move_id.filtered(
            lambda move: (
                move.move_type == "out_refund"
                and move.reversed_entry_id
                and move.reversed_entry_id != self
            )
        )

    def _get_owed_back(self):
        """Return what the payer of this invoice gets back, in its currency.

        What came for it, less what it still costs, and what went back, or to another
        invoice, by its credit notes.
        """
        self.ensure_one()
        credits = self._get_credits()
        costs = max(self.amount_total - sum(credits.mapped("amount_total")), 0.0)
        used = sum(note.amount_total - note.amount_residual for note in credits)
        mine = sum(
            partial.debit_amount_currency
            for partial in self.line_ids.matched_credit_ids
            if partial.credit_move_id.move_id in credits
        )
        owed = self._get_received_amount() - costs - (used - mine)
        return max(self.currency_id.round(owed), 0.0)


class AccountMoveLine(models.Model):
    """What of an entry that pays invoices is money: no discount, and no loss."""

    _inherit = "account.move.line"

    def _split_payment(self):
        """Return what this line's entry says was paid, by this account.

        :return: (the whole, how much of it came as money, how much of the whole pays
            nothing yet), in the company's currency
        """
        entry = self.move_id
        paid = entry.line_ids.filtered(lambda each: each.account_id == self.account_id)
        whole = abs(sum(paid.mapped("balance")))
        left = abs(sum(paid.mapped("amount_residual")))
        money = entry.origin_payment_id or entry.statement_line_id
        came = money and abs(sum(money._seek_for_lines()[0].mapped("balance")))
        return whole, min(came or 0.0, whole), left

    def _get_share_written_off(self):
        """Return which part of what this line's entry pays was no money.

        What pays nothing yet is no money first: what came pays before it.

        :return: between 0.0 and 1.0
        """
        whole, came, left = self._split_payment()
        used = whole - left
        return max(used - came, 0.0) / used if used else float(not came)

    def _get_money_left(self, currency):
        """Return how much money of this line pays nothing yet, in this currency.

        :param currency: the line's own, or the company's
        """
        whole, came, left = self._split_payment()
        own = currency == self.currency_id
        residual = -(self.amount_residual_currency if own else self.amount_residual)
        return residual * max(came - (whole - left), 0.0) / left if left else 0.0
