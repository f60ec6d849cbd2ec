from odoo import models


class PaymentTransaction(models.Model):
    """What the invoices say of a payment that pays several of them."""

    _inherit = "payment.transaction"

    def _log_message_on_linked_documents(self, message):
        """Override of `payment`: no practitioner reads what others' invoices come to.

        The usual note names the sum of all invoices that are paid at once.
        """
        if self._is_of_several_practitioners():
            states = dict(self._fields["state"]._description_selection(self.env))
            message = self.env._(
                "The payer pays this invoice together with others: %(state)s.",
                state=states[self.state],
            )
        return super()._log_message_on_linked_documents(message)

    def _create_payment(self, **extra_create_values):
        """Override of `account_payment`: what paid an invoice that is gone is kept.

        The next one takes the payment; where there is none yet, once it is made. Of
        what nothing is to be paid for somebody is asked: a client who pays twice, or
        by the link what was paid at the desk meanwhile, gets it back.
        """
        payment = super()._create_payment(**extra_create_values)
        # sudo: whoever pays reads none of them
        invoices = self.sudo().invoice_ids.filtered("booking_ids")
        gone = invoices.filtered(lambda move: not move._is_in_force())
        in_force, asked = invoices - gone, False
        lines = payment.sudo().move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        for move in gone:
            move._remember_payments(lines)
            newer = move.booking_ids.invoice_id - move
            newer._take_earlier_payments()
            in_force |= newer
            if not newer:
                move._ask_to_pay_back(lines)
                asked = True
        if not asked:
            in_force[:1]._say_paid_too_much(lines)
        return payment

    def _is_of_several_practitioners(self):
        """Return whether who may read one of the invoices may not read another one."""
        # sudo: whose bookings are paid; whoever pays reads none of them
        transaction = self.sudo()
        invoices = transaction.source_transaction_id.invoice_ids
        invoices |= transaction._get_invoices_to_notify()
        # a credit note is of whom its invoice is
        billing = [(move.reversed_entry_id or move).booking_ids for move in invoices]
        return len({bookings.user_id for bookings in billing if bookings}) > 1
