from odoo import models

from ...tools import in_language

RECEIPT_ACTIVITY = "konfidens_payments.mail_activity_receipt"


class AccountMove(models.Model):
    """What a person is asked about a receipt: once, in one activity of the invoice."""

    _inherit = "account.move"

    def _ask_about_receipt(self, reason):
        """Ask the responsible person to see to a receipt that does not arrive.

        :param reason: why, in each language, or in words that are the same in all
        """
        self.ensure_one()
        responsible = self._get_responsible()
        theirs = self.with_context(lang=responsible.lang)
        self._ask_responsible(
            responsible,
            theirs.env._("The receipt needs you"),
            in_language(reason, responsible.lang),
            theirs.env._(
                "The invoice is paid, and stays so. Correct the contact if need be, "
                "then open the receipt in the tab Payment Messages and press Send "
                "Again or Other Channel."
            ),
            RECEIPT_ACTIVITY,
        )

    def _end_asking_about_receipt(self):
        """Take back what was asked about the receipts of these invoices."""
        self.activity_unlink([RECEIPT_ACTIVITY])
        lines = self.payment_message_line_ids.filtered(
            lambda line: line.kind == "receipt" and line.is_unsolved
        )
        lines.is_unsolved = False
