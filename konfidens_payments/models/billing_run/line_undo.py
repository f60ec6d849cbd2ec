from odoo import models

from ...tools import in_batch_or_singly, quietly


class KonfidensPaymentRunLine(models.Model):
    """Taking back what a run billed, where no client was told of it."""

    _inherit = "konfidens.payment.run.line"

    def _take_back(self):
        """Take back these locked lines of one run; return how many are done."""
        bookings = self.booking_id.try_lock_for_update()
        moves = self.move_id.try_lock_for_update()
        messages = moves.payment_message_ids.try_lock_for_update()
        self.env.invalidate_all()  # as they are now that they are locked
        lines = self.filtered(
            lambda line: (
                line.booking_id <= bookings
                and line.move_id <= moves
                and line.move_id.payment_message_ids <= messages
            )
        )
        for reason, batch in lines.grouped(
            lambda line: line._get_reason_to_keep()
        ).items():
            if reason:
                batch.write({"result": "kept", "reason": reason})
            else:
                in_batch_or_singly(
                    batch,
                    lambda batch: batch._undo(),
                    lambda line, error: line._note_kept(error),
                )
        return len(lines)

    def _get_reason_to_keep(self):
        """Return why this draft cannot be taken back, or False."""
        self.ensure_one()
        move = self.move_id
        if move.state == "posted":
            return "completed"
        if not move or self.booking_id.invoice_id != move:
            return "changed"
        if any(message.sent_date for message in move.payment_message_ids):
            return "left"
        return False

    def _undo(self):
        """Cancel these drafts, and make their bookings what they were before."""
        external = self.filtered(lambda line: line.method_before == "external")
        external.booking_id._bill_externally()
        others = self - external
        others.booking_id._give_up_drafts()
        for method, lines in others.grouped("method_before").items():
            quietly(lines.booking_id).write({"invoicing_method": method})
        given = self.filtered(
            lambda line: (
                line.service_given
                and line.booking_id.service_id == line.run_id.service_id
            )
        )
        for price, lines in given.grouped(
            lambda line: 0.0 if line.price_given else line.booking_id._get_full_price()
        ).items():
            quietly(lines.booking_id).write(
                {
                    "service_id": False,
                    "price": price,
                    "has_fee": False,
                    "full_price": 0.0,
                    "fee_product_id": False,
                }
            )
        self.write({"result": "undone", "reason": False})

    def _note_kept(self, error):
        details = self._get_details(error)
        self.write({"result": "kept", "reason": "error", "details": details})
