from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _hides_product(self):
        """Return whether electronic invoices name no product for this line.

        It bills a booking, or stands on a credit or debit note about an invoice that
        does: the service is nobody's business but the client's and the practice's. On
        such notes no line knows its booking, so that all of them name no product.
        """
        self.ensure_one()
        # sudo: whether it is about an appointment, not which
        line = self.sudo()
        if line.booking_id:
            return True
        origin = _get_origin(line.move_id)
        while origin and not origin.booking_ids:
            origin = _get_origin(origin)
        return bool(origin)


def _get_origin(move):
    """Return the invoice that this credit or debit note is about, if it is one."""
    debited = "debit_origin_id" in move._fields and move.debit_origin_id
    return move.reversed_entry_id or debited
