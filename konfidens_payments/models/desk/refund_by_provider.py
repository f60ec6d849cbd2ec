from datetime import timedelta

from odoo import fields, models, modules
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_amount, format_date

from ..booking.calendar_event import GROUPS

# A refund that its provider has not confirmed after so long counts as stuck.
STUCK = timedelta(days=7)


class AccountMove(models.Model):
    """Paying back by the payment provider that took the money.

    That the provider is asked is written down, and committed, before it is. Where its
    answer gets lost nobody knows whether it pays back: it is not asked again, unless
    somebody who was told so chooses that.
    """

    _inherit = "account.move"

    refund_asked_on = fields.Datetime(
        "Refund Asked For",
        readonly=True,
        copy=False,
        groups=GROUPS,
        help="When the payment provider was asked to pay it back.",
    )

    def _get_refundable_payment(self):
        """Return the online payment that its provider can pay back as much of, or none.

        :return: `account.payment`
        """
        self.ensure_one()
        if self._get_refunds_under_way():
            return self.env["account.payment"]
        for payment in self.reversed_entry_id.reconciled_payment_ids:
            transaction = payment.payment_transaction_id
            method = transaction.payment_method_id
            method = method.primary_payment_method_id or method
            whole = "full_only" in (
                transaction.provider_id.support_refund,
                method.support_refund,
            )
            amount = self.amount_to_refund
            left = payment.amount_available_for_refund
            if (
                transaction.state == "done"
                and payment.currency_id == self.currency_id
                and self.currency_id.compare_amounts(amount, left) <= 0
                and not (
                    whole and self.currency_id.compare_amounts(amount, payment.amount)
                )
            ):
                return payment
        return self.env["account.payment"]

    def _get_refunds(self):
        """Return what providers were asked to pay back of what paid this: transactions.

        Also by Odoo's own button on the payment.
        """
        paid = self.reversed_entry_id.reconciled_payment_ids.payment_transaction_id
        asked = self.transaction_ids | paid.child_transaction_ids.filtered(
            lambda child: child.invoice_ids <= self
        )
        return asked.filtered(lambda child: child.operation == "refund")

    def _get_refunds_under_way(self):
        """Return the refunds of providers that are not booked yet."""
        self.ensure_one()
        return self._get_refunds().filtered(
            lambda refund: (
                refund.state not in ("cancel", "error") and not refund.payment_id
            )
        )

    def _get_provider_problem(self):
        """Return why nothing is paid back while a provider is at it, or has; or False.

        What has been under way for long counts as stuck: the dialog warns of it.
        """
        self.ensure_one()
        long_ago = fields.Datetime.now() - STUCK
        if any(
            (refund.last_state_change or refund.create_date) > long_ago
            for refund in self._get_refunds_under_way()
        ):
            return self.env._(
                "The payment provider was asked already to pay it back. Wait until it "
                "answers."
            )
        for payment in self._get_refunds().payment_id:
            if payment.move_id.state == "posted" and not payment.is_reconciled:
                return self.env._(
                    "%(payment)s of %(amount)s paid it back already. Match it with "
                    "%(note)s, among its outstanding debits.",
                    payment=payment.display_name,
                    amount=format_amount(self.env, payment.amount, payment.currency_id),
                    note=self.display_name,
                )
        return False

    def _get_refund_warning(self):
        """Return what somebody must know who pays back after a provider was asked."""
        self.ensure_one()
        if not self.refund_asked_on:
            return False
        return self.env._(
            "The payment provider was asked on %(date)s to pay this back, and has not "
            "confirmed it. Look on its own pages first: if it was paid back there, "
            "choose We have paid it back.",
            date=format_date(self.env, self.refund_asked_on),
        )

    def _ask_provider_to_refund(self, left, asked_on):
        """Ask the payment provider to pay this back; Odoo books it when it has.

        Commits before it asks.

        :param left: as in `_lock_for_refund`
        :param asked_on: as in `_lock_for_refund`
        :return: the refund, a `payment.transaction`
        :raises UserError: nothing is changed
        """
        self.ensure_one()
        self._lock_for_refund(left, asked_on)
        payment = self._get_refundable_payment()
        if not payment:
            raise UserError(
                self.env._(
                    "The payment provider cannot pay this back. Pay it back by another "
                    "way."
                )
            )
        self.refund_asked_on = fields.Datetime.now()
        if not modules.module.current_test:
            self.env.cr.commit()  # pylint: disable=invalid-commit
        paid = payment.payment_transaction_id.with_context(payment_backend_action=True)
        refund = paid._refund(amount_to_refund=left)
        refund.invoice_ids = [Command.set(self.ids)]
        if refund.state != "error":
            # sudo: Odoo's job, which books what the provider has done
            self.env.ref("payment.cron_post_process_payment_tx").sudo()._trigger()
        return refund


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _create_child_transaction(self, amount, is_refund=False, **values):
        """Override of `payment`: what is paid back belongs to the credit note of it.

        Also where it is by Odoo's own button, on the payment: Odoo then books it on
        that, and nobody pays it back a second time.
        """
        child = super()._create_child_transaction(amount, is_refund=is_refund, **values)
        if is_refund and not child.invoice_ids:
            # sudo: which credit notes; whoever pays back need not read them
            notes = self.sudo().invoice_ids.reversal_move_ids.filtered(
                lambda note: (
                    note.amount_to_refund
                    and note.currency_id == child.currency_id
                    and not note.currency_id.compare_amounts(
                        note.amount_to_refund, amount
                    )
                )
            )
            child.invoice_ids = [Command.set(notes[:1].ids)]
        return child
