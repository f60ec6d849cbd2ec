from odoo import api, fields, models

from ...tools import quietly

# What is stored and follows from other things, and may be computed anew at any time.
FOLLOWING = {
    "konfidens.payment.booking": (
        "start",
        "stop",
        "allday",
        "invoicing_method",
        "invoice_id",
        "amount_billed",
        "amount_paid",
        "amount_due",
        "due_date",
        "payment_status",
        "is_settled",
    ),
    "account.move": ("amount_residual", "payment_state", "payment_message_state"),
    "account.move.line": (
        "amount_residual",
        "amount_residual_currency",
        "reconciled",
        "billed_booking_id",
    ),
    "konfidens.payment.message.line": ("pending",),
}


class KonfidensPaymentProofLine(models.Model):
    """What mends a difference where that is safe.

    What follows from other things is computed anew, a job is woken, an activity or a
    booking that waits for somebody is made. No money moves, and nothing is sent that
    was not to be sent anyway.
    """

    _inherit = "konfidens.payment.proof.line"

    @api.model
    def _get_mends(self):
        """Return what mends rows, by their reason: a dict to names of methods."""
        return {
            "unbilled": "_mend_figures",
            "status": "_mend_figures",
            "booking": "_mend_figures",
            "invoice": "_mend_figures",
            "ledger": "_mend_figures",
            "guest": "_mend_guests",
            "credit": "_mend_credits",
            "completion": "_mend_completions",
            "message": "_mend_messages",
        }

    def action_mend(self):
        """Mend what is safe to mend of these rows.

        :raises AccessError: the user may not see to it
        """
        self.proof_id._check_may_mend()
        self.check_access("read")
        mends = self._get_mends()
        # sudo: access was checked, and the proof has found them in this user's company
        for reason, lines in self.sudo().filtered("can_mend").grouped("reason").items():
            getattr(lines, mends[reason])()
            lines.write(
                {"mended_by_id": self.env.uid, "mended_on": fields.Datetime.now()}
            )

    def _mend_figures(self):
        """Compute anew what is stored of these bookings and invoices."""
        moves = self.booking_id.invoice_id | self.invoice_id
        bookings = self.booking_id | moves.line_ids.booking_id
        moves |= bookings.move_line_ids.move_id
        for records in (
            moves.payment_message_line_ids,
            moves.line_ids,
            moves,
            bookings,
        ):
            for name in FOLLOWING[records._name]:
                self.env.add_to_compute(records._fields[name], records)
        self.env.flush_all()

    def _mend_guests(self):
        """Make bookings of these guests *to invoice*, without draft or message."""
        bookings = self.env["konfidens.payment.booking"].with_context(active_test=False)
        there = bookings.search([("event_id", "in", self.event_id.ids)])
        known = {(one.event_id, one.client_id) for one in there}
        patterns = there.filtered(
            lambda one: one.active and one.service_id.payments_bills_each_guest
        ).grouped("event_id")
        guests = self.event_id._get_outside_guests()
        quietly(bookings).create(
            [
                {
                    "event_id": line.event_id.id,
                    "company_id": line.company_id.id,
                    **patterns[line.event_id][0]._prepare_values_of_other(
                        line.guest_id, line.event_id
                    ),
                }
                for line in self
                if line.event_id in patterns
                # who is there still
                and line.event_id.active
                and line.guest_id in guests[line.event_id.id]
                and (line.event_id, line.guest_id) not in known
            ]
        )

    def _mend_credits(self):
        """Ask somebody to credit these invoices."""
        for move in self.invoice_id:
            if move.state == "posted" and not move._is_credited():
                move._ask_to_credit()

    def _mend_completions(self):
        """Let the job complete these drafts, or note what keeps it from that."""
        moves = self.invoice_id.filtered(lambda move: move._is_completion_wanted())
        for move in moves:
            quietly(move).payment_completion_date = move._get_completion_date()
        self.env["konfidens.payment.message"]._trigger_completion()

    def _mend_messages(self):
        """Wake the jobs that send, and that see what became of what was sent."""
        messages = self.env["konfidens.payment.message"]
        messages._wake_sending()
        messages._trigger_completion()
