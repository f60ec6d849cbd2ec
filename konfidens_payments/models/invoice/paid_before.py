from contextlib import contextmanager

from odoo import fields, models
from odoo.tools import format_amount

from ...tools import quietly
from .attention import CREDIT_ACTIVITY
from .giving_up import TODO


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
        return (
            self.payment_state in ("paid", "in_payment")
            or (
                self.payment_state == "blocked"
                and self.currency_id.is_zero(self.amount_residual)
            )
            # by the credit of another invoice
            or (self.payment_state == "reversed" and not self._is_credited())
        )

    def _is_partly_paid(self):
        """Return whether some of this completed invoice is paid, and not credited."""
        self.ensure_one()
        return self.currency_id.compare_amounts(self._get_received_amount(), 0) > 0

    def _get_amount_to_ask(self):
        """Return what the payer is to pay next, in the invoice's currency.

        As Odoo says it of completed invoices: the next instalment, or what is overdue
        of them, or the rest. Of a draft, what that will be on the day when it is
        completed, whatever day its dates say.
        """
        self.ensure_one()
        if self.state == "posted":
            values = self._get_invoice_next_payment_values()
            left = self._get_amount_left()
            return min(values.get("next_amount_to_pay", left), left)
        terms = self.line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        ).sorted("date_maturity")
        left = terms.filtered(lambda line: not line.reconciled)
        if len(terms) > 1 and left:
            return self.direction_sign * -left[0].amount_residual_currency
        return self.amount_residual

    def _get_amount_left(self):
        """Return what is still to be paid, in the invoice's currency.

        Less what was credited of it, also where nobody took that off yet.
        """
        self.ensure_one()
        credited = sum(self._get_credits().mapped("amount_residual"))
        return max(self.amount_residual - credited, 0.0)

    def _get_next_due_date(self):
        """Return until when the payer is to pay next."""
        self.ensure_one()
        following = self._get_invoice_next_payment_values()
        return following.get("next_due_date") or self.invoice_date_due

    # === WHAT WAS PAID STAYS === #

    @contextmanager
    def _keeping_payments(self):
        """Keep with these drafts, through a change, what was paid for them.

        What somebody else paid than who pays now is let go, and kept in mind.
        """
        # of changes within changes only the outermost counts
        keeping = self.env.cr.cache.setdefault("konfidens_payments_keeping", set())
        drafts = self.browse(
            move.id
            for move in self.sudo()  # sudo: what was paid stays, whoever changes it
            if move.id
            and move.id not in keeping
            and move.state == "draft"
            and move.booking_ids
            and (
                any(move.line_ids.mapped("matching_number"))
                or move._get_earlier_payments()
            )
        ).sudo()
        payments = {
            move: move._get_payment_lines() | move._get_earlier_payments()
            for move in drafts
        }
        from_bank = {
            # Odoo would take the bank's line apart rather than let it go
            move: lines.filtered("statement_line_id")
            for move, lines in payments.items()
        }
        for move, lines in from_bank.items():
            move._let_go_payments(lines)
        keeping.update(drafts.ids)
        try:
            yield
        finally:
            keeping.difference_update(drafts.ids)
        for move in drafts.exists():
            if move.state == "draft":
                move._take_payments(payments[move])
            elif move.state == "posted" and from_bank[move]:
                move._take_payments(from_bank[move])

    def _get_payment_lines(self):
        """Return by which entries this invoice is paid, not those that credit it.

        Also by the credits of other invoices.
        """
        self.ensure_one()
        lent = self._get_lent_credits()
        return self._get_reconciled_amls().filtered(
            lambda line: (
                line.move_id in lent
                or not line.move_id.is_invoice(include_receipts=True)
                and not line.move_id.exchange_diff_partial_ids
            )
        )

    def _take_payments(self, lines):
        """Pay this invoice by what is left of these entries, if its payer made them.

        What it does not take of them is kept in mind, and somebody is asked to pay it
        back: it may cost nothing any more, or another payer pays it now.

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
                self._end_asking_to_pay_back()
        taken = self._get_payment_lines()
        idle = (lines - taken).filtered(
            lambda line: line.parent_state == "posted" and not line.reconciled
        )
        if known := taken & self._get_earlier_payments(also_used=True):
            # sudo: what was kept in mind, for whoever changes the invoice
            quietly(self.sudo().booking_ids).paid_line_ids -= known
        self._remember_payments(idle)
        if idle and self.state == "draft":
            self._ask_to_pay_back(idle)

    def _let_go_payments(self, lines):
        """Undo that these entries pay this invoice."""
        mine = self.line_ids
        partials = lines.matched_debit_ids.filtered(
            lambda partial: partial.debit_move_id in mine
        ) + lines.matched_credit_ids.filtered(
            lambda partial: partial.credit_move_id in mine
        )
        partials.unlink()

    # === WHAT WAS PAID FOR A DRAFT THAT IS GONE === #

    def button_cancel(self):
        """Override of `account`: what was paid for a draft is not forgotten with it."""
        payments = self._get_payments_given_up()
        result = super().button_cancel()
        for move, lines in payments.items():
            move._remember_payments(lines)
            move._ask_to_pay_back(lines)
        return result

    def unlink(self):
        """Override of `account`: what was paid for a draft is not forgotten with it."""
        payments = [
            (move.booking_ids, lines)
            for move, lines in self._get_payments_given_up().items()
        ]
        result = super().unlink()
        for bookings, lines in payments:
            quietly(bookings).paid_line_ids |= lines
            # what was credited before, and is billed anew by nothing any more
            latest = bookings.move_line_ids.move_id.sorted("id")[-1:]
            if latest.state == "posted" and latest._is_credited():
                latest._ask_to_pay_back(lines)
        return result

    def _get_payments_given_up(self):
        """Return by which entries those of these are paid that are given up: a dict.

        Drafts, and completed ones that are cancelled without being made drafts before.
        """
        # sudo: what was paid stays, whoever gives them up
        drafts = self.sudo().filtered(
            lambda move: (
                move.state in ("draft", "posted")
                and any(move.line_ids.mapped("matching_number"))
                and move.booking_ids
            )
        )
        return {move: lines for move in drafts if (lines := move._get_payment_lines())}

    def _remember_payments(self, lines):
        """Keep in mind that these entries paid for the bookings of this invoice."""
        if lines:
            # sudo: as in `_take_payments`
            quietly(self.sudo().booking_ids).paid_line_ids |= lines

    def _get_earlier_payments(self, also_used=False):
        """Return what was paid for these bookings, and is no invoice's yet.

        :param also_used: whether also what is an invoice's by now
        """
        # sudo: as in `_take_payments`
        kept = self.sudo().booking_ids.paid_line_ids.with_env(self.env)
        return kept.filtered(lambda line: also_used or not line.reconciled)

    def _take_earlier_payments(self):
        """Pay these drafts by what was paid for their bookings before."""
        for move in self:
            if lines := move._get_earlier_payments():
                move._take_payments(lines)

    def _ask_to_pay_back(self, lines):
        """Ask somebody, once, to pay back what these paid, unless it is billed anew.

        What comes from a credit note is in the list of what is to be refunded.
        """
        money = lines.filtered(lambda line: not line.move_id.is_invoice())
        if not money or self._get_not_in_force().activity_search([CREDIT_ACTIVITY]):
            return
        responsible = self._get_crediting_user()
        theirs = self.with_context(lang=responsible.lang)
        if self.state == "draft":
            summary = theirs.env._(
                "What was paid for this draft is not owed any more: pay it back"
            )
        elif self.state == "cancel":
            summary = theirs.env._("This cancelled draft was paid: pay the money back")
        else:
            summary = theirs.env._("This credited invoice was paid: pay the money back")
        self.activity_schedule(
            CREDIT_ACTIVITY,
            summary=summary,
            note=theirs.env._(
                "A new invoice of the appointment takes the payment, and this is over."
            ),
            user_id=responsible.id,
        )

    def _ask_about_overpayment(self):
        """Ask somebody what becomes of what was paid too much before these were posted.

        Say since a lower invoice replaces one that was paid. Nothing of what was
        written off, nor of a credit note, which is listed as to be refunded.
        """
        for move in self:
            if move._is_paid():
                lent = move._get_lent_credits().line_ids
                move._say_paid_too_much(move._get_payment_lines() - lent)

    def _say_paid_too_much(self, lines):
        """Ask somebody what becomes of money of these entries that pays nothing.

        :param lines: `account.move.line` records of payments, or none
        """
        for move in self:
            currency = move.currency_id
            if lines.currency_id != currency:
                currency = move.company_currency_id
            left = sum(line._get_money_left(currency) for line in lines)
            if currency.compare_amounts(left, 0) <= 0:
                continue
            user = move._get_crediting_user()
            theirs = move.with_context(lang=user.lang)
            move.activity_schedule(
                TODO,
                summary=theirs.env._(
                    "%(amount)s was paid too much",
                    amount=format_amount(theirs.env, left, currency),
                ),
                note=theirs.env._(
                    "Pay it back, or keep it for the payer's next invoice, where Odoo "
                    "proposes it under outstanding credits."
                ),
                user_id=user.id,
            )

    def _end_asking_to_pay_back(self):
        self._get_not_in_force().activity_unlink([CREDIT_ACTIVITY])

    def _get_not_in_force(self):
        """Return the drafts of these bookings, also those that were cancelled.

        And what is credited: of other posted ones it is asked to credit them.
        """
        moves = self | self.booking_ids.move_line_ids.move_id
        return moves.filtered(
            lambda move: move.state != "posted" or move._is_credited()
        )


class KonfidensPaymentBooking(models.Model):
    _inherit = "konfidens.payment.booking"

    paid_line_ids = fields.Many2many(
        "account.move.line",
        "konfidens_payment_booking_paid_line_rel",
        string="Earlier Payments",
        copy=False,
        readonly=True,
        groups="base.group_system",
        export_string_translation=False,
        help="What paid for invoices of it that are gone; the next one takes it.",
    )
