from odoo import fields, models

from ..channel.account_move import TAKEN
from ..channel.konfidens_payment_message import CHANNEL
from .konfidens_payment_message import KIND


class AccountMove(models.Model):
    """Who got the invoice by document gets its credit note so, too."""

    _inherit = "account.move"

    def _post(self, soft=True):
        """Override of `account`: the credit note of an electronic invoice is sent."""
        posted = super()._post(soft=soft)
        # sudo: by which way the invoice went, and the same for its credit note
        notes = posted.sudo().filtered(lambda move: move._is_sent_as_its_invoice())
        for note in notes:
            note._schedule_credit_note()
        return posted

    def _is_sent_as_its_invoice(self):
        """Return whether this is the credit note of an electronic invoice of ours."""
        credited = self.reversed_entry_id
        return (
            self.move_type == "out_refund"
            and bool(credited)
            and bool(self._get_documented_bookings())
            and not self.payment_message_line_ids
            and credited._has_document_sent_or_waiting()
        )

    def _has_document_sent_or_waiting(self):
        """Return whether the access point has this invoice's document, or will."""
        self.ensure_one()
        return self.peppol_move_state in TAKEN or self._has_document_waiting()

    def _has_document_waiting(self):
        """Return whether the document of this completed invoice has not left yet."""
        parts = self.payment_message_line_ids.message_id.notification_ids
        return any(
            part.notification_type == CHANNEL
            and part.notification_status in ("ready", "process")
            for part in parts
        )

    def _schedule_credit_note(self):
        """Schedule the document of this credit note for now.

        :return: the new `konfidens.payment.message`
        """
        self.ensure_one()
        values = self._prepare_payment_message_values(fields.Datetime.now(), CHANNEL)
        return self.env["konfidens.payment.message"].create({**values, "kind": KIND})

    def _get_credit_note_problem(self):
        """Return why the document of this credit note cannot leave, or False."""
        self.ensure_one()
        return (
            self._get_second_document_words()
            or self._get_sender_problem(CHANNEL)
            or self._get_address_problem(CHANNEL)
            or self._get_document_words()
        )
