from odoo import models
from odoo.tools import format_list

from ..booking.status import CREDITED_STATUSES

# Of more than these invoices the number is said.
NAMED = 5


class KonfidensPaymentBooking(models.Model):
    """What becomes of the invoices when appointments are deleted, said before."""

    _inherit = "konfidens.payment.booking"

    def _describe_deletion(self):
        """Return what becomes of the invoices of these bookings, or False.

        As `_cancel` does it.
        """
        # sudo: the invoices of bookings that the user may read
        bookings = self.sudo()
        moves = bookings.invoice_id
        drafts = moves.filtered(lambda move: move.state == "draft")
        kept = drafts.filtered(
            lambda move: move._bills_besides(bookings) and not move._is_amount_locked()
        )
        posted = moves.filtered(
            lambda move: (
                move.state == "posted"
                and not move.externally_billed
                and move._get_booking_status() not in CREDITED_STATUSES
            )
        )
        words = (
            (drafts - kept)._describe_giving_up(),
            kept and self.env._("A draft that bills others as well stays without it."),
            posted._describe_staying(),
            bookings._describe_late_deletion(),
        )
        return " ".join(filter(None, words)) or False


class AccountMove(models.Model):
    _inherit = "account.move"

    def _describe_giving_up(self):
        """Return in words that these drafts are cancelled, and their messages."""
        if not self:
            return False
        scheduled = self.filtered(
            lambda move: move.payment_message_state == "scheduled"
        )
        if len(self) == 1 and scheduled:
            words = self.env._(
                "The draft invoice and the scheduled payment message are cancelled."
            )
        elif len(self) == 1:
            words = self.env._("The draft invoice is cancelled.")
        elif scheduled:
            words = self.env._(
                "%(drafts)s draft invoices are cancelled, and %(messages)s scheduled "
                "payment messages.",
                drafts=len(self),
                messages=len(scheduled),
            )
        else:
            words = self.env._(
                "%(drafts)s draft invoices are cancelled.", drafts=len(self)
            )
        told = self.filtered(
            lambda move: move.payment_message_state in ("sent", "delivered")
        )
        if len(told) == 1:
            words += " " + self.env._(
                "Tell %(payer)s, who was sent the payment message already, that there "
                "is nothing to pay.",
                payer=told.partner_id.display_name,
            )
        elif told:
            words += " " + self.env._(
                "Tell the %(count)s payers who were sent the payment message already "
                "that there is nothing to pay.",
                count=len(told),
            )
        return words

    def _describe_staying(self):
        """Return in words that these completed invoices stay, and who is asked."""
        if not self:
            return False
        if len(self) == 1:
            return self.env._(
                "Invoice %(number)s stays; the accountant is asked to credit it.",
                number=self.name,
            )
        if len(self) > NAMED:
            return self.env._(
                "%(count)s completed invoices stay; the accountant is asked to credit "
                "them.",
                count=len(self),
            )
        return self.env._(
            "The invoices %(numbers)s stay; the accountant is asked to credit them.",
            numbers=format_list(self.env, self.sorted("id").mapped("name")),
        )
