from odoo import api, fields, models


class KonfidensPaymentCompleteWizard(models.TransientModel):
    """The dialog *Complete Invoice*, where nobody has told the client."""

    _name = "konfidens.payment.complete.wizard"
    _description = "Complete Invoice"

    move_ids = fields.Many2many("account.move", string="Invoices", required=True)
    note = fields.Char(compute="_compute_note")

    @api.depends("move_ids")
    def _compute_note(self):
        for wizard in self:
            moves = wizard._get_checked_moves()
            untold = moves._filter_untold().sudo()  # sudo: access was checked
            if len(moves) > 1:
                wizard.note = self.env._(
                    "Of %(untold)s of these %(count)s invoices the client has not been "
                    "told: no payment message is scheduled or on its way, and none has "
                    "arrived.",
                    untold=len(untold),
                    count=len(moves),
                )
            else:
                wizard.note = self.env._(
                    "%(payer)s has not been told of this invoice: no payment message "
                    "is scheduled or on its way, and none has arrived.",
                    payer=moves.sudo().partner_id.display_name,  # sudo: as above
                )

    def _get_checked_moves(self):
        """Return the invoices with the user's own rights.

        :raises AccessError: the user may not bill what one of them bills
        """
        moves = self.move_ids._origin.sudo(False)
        moves._check_payment_access()
        return moves

    def action_complete(self):
        """Complete the invoices, and tell nobody.

        :return: the action that closes the dialog, and says how many of several
        :raises AccessError: the user may not bill these bookings
        :raises UserError: as `account.move.action_complete_invoice`
        """
        self.ensure_one()
        moves = self._get_checked_moves()
        moves.action_complete_invoice()
        if len(moves) > 1:
            return moves._say_completed()
        return {"type": "ir.actions.act_window_close"}

    def action_complete_and_send(self):
        """Complete the invoices, and open the dialog that tells who was not told.

        :return: the action of *Send Payment Message*
        :raises AccessError: the user may not bill these bookings
        :raises UserError: as `account.move.action_complete_invoice`, or one of them
            cannot have a payment message; nothing is completed then
        """
        self.ensure_one()
        moves = self._get_checked_moves()
        untold = moves._filter_untold()
        moves.action_complete_invoice()
        if not untold:  # somebody has told them meanwhile
            return {"type": "ir.actions.act_window_close"}
        return untold.action_send_payment_message()
