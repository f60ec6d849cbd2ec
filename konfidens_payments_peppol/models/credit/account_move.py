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

    def write(self, vals):
        """Override of `account`: what was credited before it left is followed now."""
        taken = vals.get("peppol_move_state") in TAKEN
        left = self.filtered(lambda move: taken and move.peppol_move_state not in TAKEN)
        result = super().write(vals)
        # sudo: whoever sends the invoice need not see its credit notes
        notes = left.sudo().reversal_move_ids.filtered(
            lambda note: note.state == "posted" and note._is_sent_as_its_invoice()
        )
        for note in notes:
            note._schedule_credit_note()
        return result

    def _is_sent_as_its_invoice(self):
        """Return whether this is the credit note of an electronic invoice of ours.

        And nobody sees to it yet: what was called off is sent when it is wanted again.
        """
        credited = self.reversed_entry_id
        messages = self.payment_message_line_ids.message_id
        return (
            self.move_type == "out_refund"
            and bool(credited)
            and self.peppol_move_state not in TAKEN
            and bool(self._get_documented_bookings())
            and set(messages.mapped("state")) <= {"cancelled"}
            and credited._may_have_left_by_document()
        )

    def _may_have_left_by_document(self):
        """Return whether the buyer has this invoice's document, may have it, or will.

        Where nobody knows, a person is asked: see `_get_credit_note_problem`.
        """
        self.ensure_one()
        return (
            self._has_left_by_document()
            or self._has_document_waiting()
            or self._has_document_of_unknown_fate()
        )

    def _has_left_by_document(self):
        """Return whether the access point has this invoice's document."""
        return self.peppol_move_state in TAKEN or self._was_delivered_by_document()

    def _has_document_waiting(self):
        """Return whether the document of this completed invoice has not left yet.

        Also while it waits for its next try.
        """
        if self.peppol_move_state in TAKEN:
            return False
        messages = self.payment_message_line_ids.message_id._by_document()
        return any(
            message.state in ("scheduled", "sent")
            and (
                not message.notification_ids
                or set(message.notification_ids.mapped("notification_status"))
                != {"canceled"}
            )
            for message in messages
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
            self._get_unknown_invoice_words()
            or self._get_second_document_words()
            or self._get_sender_problem(CHANNEL)
            or self._get_address_problem(CHANNEL)
            or self._get_document_words()
        )

    def _get_unknown_invoice_words(self):
        """Return that nobody knows whether the buyer has what it credits, or False.

        A person who was asked, and sends it all the same, knows.
        """
        credited = self.reversed_entry_id
        messages = self.payment_message_line_ids.message_id
        if (
            credited._has_left_by_document()
            or not credited._has_document_of_unknown_fate()
            or "failed" in messages.mapped("state")
        ):
            return False
        return self.env._(
            "Nobody knows whether %(payer)s has the electronic invoice %(invoice)s, "
            "which is credited now.",
            payer=credited.partner_id.display_name,
            invoice=credited.display_name,
        )

    def _get_credit_note_ways(self):
        """Return what a person can do about this credit note that did not leave."""
        credited = self.reversed_entry_id
        if (
            not credited._has_left_by_document()
            and credited._has_document_of_unknown_fate()
        ):
            return self.env._(
                "Ask the buyer whether it has the invoice; if so, send the credit note "
                "with Send, or press Send Again on the message."
            )
        return self.env._(
            "Mend it, then press Send Again on the message; or send the credit note in "
            "another way, with Send."
        )
