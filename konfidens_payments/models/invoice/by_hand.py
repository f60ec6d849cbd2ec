from odoo import models
from odoo.exceptions import UserError

from ...tools import say


class AccountMove(models.Model):
    """Completing by hand: who presses the button learns whom nobody has told."""

    _inherit = "account.move"

    def action_ask_to_complete(self):
        """Complete the invoices, or ask before where a client was not told.

        Of several those that are no drafts are left out. In an automation rule, where
        nobody sees the dialog, they are completed.

        :return: the dialog's action; where all were told nothing, or of several a
            notice of how many were completed
        :raises AccessError: the user may not bill these bookings
        :raises UserError: as `action_complete_invoice`
        """
        self._check_payment_access()
        drafts = self.filtered(lambda move: move.state == "draft")
        moves = drafts if drafts and len(self) > 1 else self
        if "__action_done" in self.env.context or not moves._filter_untold():
            moves.action_complete_invoice()
            return len(self) > 1 and moves._say_completed()
        moves.sudo()._check_can_be_completed()  # sudo: access was checked
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Complete Invoice"),
            "res_model": "konfidens.payment.complete.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_ids": moves.ids},
        }

    def _say_completed(self):
        """Return the notice of how many invoices were completed; it closes a dialog."""
        words = (
            self.env._("1 invoice is completed.")
            if len(self) == 1
            else self.env._("%(count)s invoices are completed.", count=len(self))
        )
        return say(words, {"type": "ir.actions.act_window_close"})

    def _filter_untold(self):
        """Return those of these invoices whose payer was not told, and shall be.

        Nobody has to tell who has paid already, or who pays nothing.
        """
        # sudo: the callers checked the access
        return (
            self.sudo()
            .filtered(
                lambda move: (
                    move.booking_ids
                    and move.payment_message_state
                    not in ("scheduled", "sent", "delivered")
                    and not move._is_paid()
                    and not move._is_free()
                )
            )
            .with_env(self.env)
        )

    def _check_can_be_completed(self):
        """:raises UserError: one is no draft of an appointment, or may not be yet."""
        for move in self:
            if not move.booking_ids:
                raise UserError(
                    self.env._(
                        "%(invoice)s bills no appointment. Use Confirm instead.",
                        invoice=move.display_name,
                    )
                )
            if move.state != "draft":
                raise UserError(
                    self.env._(
                        "%(invoice)s is not a draft, so there is nothing to complete.",
                        invoice=move.display_name,
                    )
                )
            problem = not move.posted_before and move._get_payment_obstacle()
            if problem:
                raise UserError(problem)


class KonfidensPaymentBooking(models.Model):
    _inherit = "konfidens.payment.booking"

    def action_ask_to_complete(self):
        """As `account.move.action_ask_to_complete`, for the invoices of these bookings.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: one has no invoice, or as there
        """
        moves = self._get_billed_invoices()
        if not moves:
            raise UserError(
                self.env._(
                    "There is no invoice yet to complete. Press Create Invoice first."
                )
            )
        return moves.action_ask_to_complete()
