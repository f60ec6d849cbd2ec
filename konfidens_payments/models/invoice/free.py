from odoo import models


class AccountMove(models.Model):
    """Drafts that have nothing to pay any more: a session made free afterwards.

    As when it was free from the beginning: nobody is asked, neither the payer nor the
    responsible person. The draft stays, for a price that comes back.
    """

    _inherit = "account.move"

    def _is_free(self):
        """Return whether this is a draft that has nothing to pay."""
        self.ensure_one()
        return self.state == "draft" and self.currency_id.is_zero(self.amount_total)

    def _follow_freedom(self, free_before):
        """Ask nobody to pay nothing, and ask again where there is something to pay.

        :param free_before: those of these invoices that were free before they changed
        """
        free = self.filtered(lambda move: move._is_free())
        if made_free := free - free_before:
            made_free.payment_message_ids._cancel_scheduled()
            made_free._mended()
        if priced := (self & free_before) - free:
            priced.booking_ids.filtered(
                lambda booking: booking.invoicing_method == "automatic"
            )._schedule_by_timing()
