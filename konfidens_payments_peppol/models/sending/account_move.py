from odoo import models

from ..channel.account_move import TAKEN
from ..channel.konfidens_payment_message import CHANNEL
from .account_move_send import NO_PAY_LINK
from .marks import KEY


class AccountMove(models.Model):
    """The document of an invoice, handed over by Odoo's own way of sending."""

    _inherit = "account.move"

    def _shows_pay_link(self):
        """Override: not on the print that goes along with a document."""
        return NO_PAY_LINK not in self.env.context and super()._shows_pay_link()

    def _has_document_under_way(self):
        """Return whether a message of ours sends this invoice's document, or has."""
        self.ensure_one()
        # sudo: whether, for whoever may send the invoice
        messages = self.sudo().payment_message_line_ids.message_id._by_document()
        return any(message.state in ("scheduled", "sent") for message in messages)

    def _has_document_of_unknown_fate(self):
        """Return whether nobody knows if the access point has this document."""
        self.ensure_one()
        if self.peppol_move_state in TAKEN:
            return False
        # sudo: whether, for whoever may send the invoice
        parts = self.sudo().payment_message_line_ids.message_id.notification_ids
        return any(
            part.notification_type == CHANNEL and part._is_of_unknown_fate()
            for part in parts
        )

    def _was_delivered_by_document(self):
        """Return whether the buyer's access point confirmed this document."""
        # sudo: as above
        messages = self.sudo().payment_message_line_ids.message_id
        return any(
            message.state == "delivered" and message.delivered_by == CHANNEL
            for message in messages
        )

    def _send_document(self, mark):
        """Let Odoo make this invoice's document and ask the access point to take it.

        With the PDF in it, as Odoo does. It commits when the access point has it.

        :param mark: `Sending`
        :raises Exception: it was not taken, or nobody knows: the mark does
        """
        self.ensure_one()
        move = self.with_company(self.company_id).with_context(**{KEY: mark})
        send = self.env["account.move.send"].with_env(move.env)
        send._generate_and_send_invoices(
            move,
            sending_methods={CHANNEL},
            invoice_edi_format=self._get_document_format(),
            extra_edis=set(),
        )
