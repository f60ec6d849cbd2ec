from odoo import api, fields, models
from odoo.tools import SQL

from ..channel.account_move import TAKEN

REASON = "credit_note"


class KonfidensPaymentProof(models.Model):
    """Each night: whether buyers got the credit notes of electronic invoices."""

    _inherit = "konfidens.payment.proof"

    @api.model
    def _get_checks(self):
        """Extended: what no message tells its buyer of, and nobody else sent."""
        return {**super()._get_checks(), REASON: self._look_at_credit_notes}

    @api.model
    def _look_at_credit_notes(self, company):
        """Look for posted credit notes of invoices that the access point has.

        Without a message, but for those that were called off; and not sent by hand.
        """
        return SQL(
            """
            SELECT note.id AS invoice_id
              FROM account_move note
              JOIN account_move credited ON credited.id = note.reversed_entry_id
             WHERE note.company_id = %(company)s AND note.state = 'posted'
               AND note.move_type = 'out_refund'
               AND credited.peppol_move_state IN %(taken)s
               AND COALESCE(note.peppol_move_state, '') NOT IN %(taken)s
               AND note.is_move_sent IS NOT TRUE
               AND EXISTS (
                    SELECT FROM konfidens_payment_message_line line
                      JOIN konfidens_payment_message message
                        ON message.id = line.message_id
                     WHERE line.move_id = credited.id AND message.channel = 'peppol')
               AND NOT EXISTS (
                    SELECT FROM konfidens_payment_message_line line
                      JOIN konfidens_payment_message message
                        ON message.id = line.message_id
                     WHERE line.move_id = note.id AND message.state <> 'cancelled')
            """,
            company=company.id,
            taken=TAKEN,
        )


class KonfidensPaymentProofLine(models.Model):
    """What is said of a credit note that its buyer has not got, and what mends it."""

    _inherit = "konfidens.payment.proof.line"

    reason = fields.Selection(
        selection_add=[(REASON, "Credit note not sent")],
        ondelete={REASON: "cascade"},
    )

    @api.model
    def _get_mends(self):
        """Extended: it is sent as its invoice was."""
        return {**super()._get_mends(), REASON: "_mend_credit_notes"}

    def _mend_credit_notes(self):
        """Send these credit notes as their invoices were."""
        for note in self.invoice_id:
            if note.state == "posted" and note._is_sent_as_its_invoice():
                note._schedule_credit_note()

    def _get_record(self):
        """Override: the credit note."""
        if self.reason == REASON:
            return self.invoice_id
        return super()._get_record()

    def _describe(self):
        """Override: in words for a credit note."""
        if self.reason == REASON:
            return self.env._(
                "The buyer has the electronic invoice that this credits, and nothing "
                "sends it the credit note."
            )
        return super()._describe()

    def _describe_mend(self):
        """Override, as above."""
        if self.reason == REASON:
            return self.env._(
                "Mend sends it as an electronic document, as its invoice was sent."
            )
        return super()._describe_mend()
