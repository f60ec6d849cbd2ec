from odoo import fields, models
from odoo.exceptions import UserError


class CalendarEvent(models.Model):
    """How a booking is billed no more here: called off, or billed elsewhere."""

    _inherit = "calendar.event"

    def action_bill_externally(self):
        """Bring bookings back to externally billed; their drafts are cancelled.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: one of the invoices is completed: it must be credited first
        """
        self._check_billing_access()
        bookings = self.sudo()  # sudo: access was checked
        bookings._lock_for_billing()
        bookings.invoice_id._lock_for_payment()
        bookings._bill_externally()

    def _bill_externally(self):
        """Cancel drafts and messages of bookings that are billed in another system.

        :raises UserError: one of the invoices is completed
        """
        posted = self.invoice_id.filtered(lambda move: move.state == "posted")
        if open_moves := posted.filtered(
            lambda move: move._get_booking_status() not in ("credited", "external")
        ):
            raise UserError(
                self.env._(
                    "%(invoice)s is completed. Credit it first, then bill the "
                    "appointment externally.",
                    invoice=open_moves[0].display_name,
                )
            )
        drafts = self.invoice_id.filtered(lambda move: move.state == "draft")
        drafts.button_cancel()
        drafts.externally_billed = True
        self.with_context(konfidens_payments_no_billing=True).write(
            {
                "invoicing_method": "external",
                "externally_billed_by_id": self.env.uid,
                "externally_billed_on": fields.Datetime.now(),
            }
        )

    def _cancel_billing(self):
        """Cancel drafts and scheduled messages of appointments that are called off.

        A posted invoice stays, and the responsible person is asked to credit it.
        """
        moves = self.invoice_id
        moves.filtered(lambda move: move.state == "draft").button_cancel()
        for move in moves.filtered(
            lambda move: (
                move.state == "posted"
                and move._get_booking_status() != "credited"
                and not move.externally_billed
            )
        ):
            move._ask_to_credit()
