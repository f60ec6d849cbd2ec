from odoo import models


class KonfidensPaymentBooking(models.Model):
    """*Bill only who came*: automatic messages wait for the mark."""

    _inherit = "konfidens.payment.booking"

    def _waits_for_mark(self):
        """Return whether the message waits until somebody says whether they came."""
        self.ensure_one()
        return (
            self.company_id.payments_bill_only_attended
            and self.attendance == "planned"
            and self.invoicing_method == "automatic"
        )

    def _schedule_marked(self):
        """Let the messages go that waited for the mark."""
        self.filtered(
            lambda one: (
                one.attendance != "planned"
                and one.invoicing_method == "automatic"
                and one.company_id.payments_bill_only_attended
            )
        )._schedule_by_timing()


class KonfidensPaymentMessageLine(models.Model):
    _inherit = "konfidens.payment.message.line"

    def _waits_for_mark(self):
        """Return whether what goes by itself waits until somebody says who came."""
        self.ensure_one()
        return self.message_id.follows_appointment and any(
            booking._waits_for_mark() for booking in self.move_id.booking_ids
        )
