from .desk_common import DeskCommon


class RefundCommon(DeskCommon):
    """Credit notes of invoices that were paid, and the dialog that pays back."""

    def credit_draft(self, move):
        """Return Odoo's credit note of an invoice, a draft still, of an accountant."""
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id})
        )
        wizard.refund_moves()
        return wizard.new_move_ids

    def credit(self, move, amount=None):
        """Credit an invoice, or some of it, as an accountant does; return the note."""
        note = self.credit_draft(move)
        if amount:
            note.invoice_line_ids.price_unit = amount
        note.action_post()
        self.env.flush_all()
        self.env.invalidate_all()
        return note.with_env(self.env)

    def credited(self, amount=None):
        """Return the credit note of an invoice that was paid."""
        move = self.posted()
        self.pay(move)
        return self.credit(move, amount)

    def dialog(self, note, user=None):
        """Open *Mark as Refunded*."""
        action = note.with_user(user or self.accountant).action_mark_refunded()
        wizards = self.env[action["res_model"]].with_user(user or self.accountant)
        return wizards.browse(action["res_id"])

    def status(self, note):
        self.env.flush_all()
        self.env.invalidate_all()
        return note.reversed_entry_id.booking_ids.payment_status

    def to_refund(self, user):
        """Return what the list *To Refund* shows this user."""
        moves = self.env["account.move"].with_user(user)
        return moves.search(moves.action_view_to_refund()["domain"])
