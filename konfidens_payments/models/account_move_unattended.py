from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def action_send_payment_message(self):
        """Extended for automation rules, where nobody sees the dialog.

        There the messages are scheduled by the company's timing; what cannot have a
        message is left out.
        """
        if "__action_done" not in self.env.context:
            return super().action_send_payment_message()
        self._check_payment_access()
        # sudo: access was checked
        moves = self.sudo().filtered(
            lambda move: not move._get_message_problem(move._get_default_channel())
        )
        for channel, batch in moves.grouped(
            lambda move: move._get_default_channel()
        ).items():
            batch._schedule_payment_message(False, channel)
        return False
