from odoo import api, fields, models
from odoo.tools import format_amount, format_date

# Whose invoice is in force no more: the next one may be made.
CREDITED_STATUSES = ("credited", "refunded")
SETTLED_STATUSES = ("external", "paid", *CREDITED_STATUSES, "free", "cancelled")
# Of Odoo's colours. Its calendars take 0 for none; the badge of 28 is our own style.
RED, ORANGE, YELLOW, BLUE, TEAL, DARK_BLUE = 1, 2, 3, 4, 7, 8
GREEN, VIOLET, GREY = 10, 11, 28
# The status, its colour on badges and in calendars, and how near it is to the end: of
# several bookings an appointment shows the least finished.
STATUSES = {
    "attention": ("Needs attention", RED),
    "to_invoice": ("To invoice", VIOLET),
    "draft": ("Draft", BLUE),
    "scheduled": ("Scheduled", TEAL),
    "retrying": ("Trying again", ORANGE),
    "sent": ("Sent", DARK_BLUE),
    "unpaid": ("Unpaid", YELLOW),
    "partial": ("Partly paid", YELLOW),
    "paid": ("Paid", GREEN),
    "credited": ("Credited", GREY),
    "refunded": ("Refunded", GREY),
    "free": ("Free", GREY),
    "external": ("Externally billed", GREY),
    "cancelled": ("Cancelled", GREY),
}


class KonfidensPaymentBooking(models.Model):
    """Where the payment of a booking stands: its invoice tells."""

    _inherit = "konfidens.payment.booking"

    payment_status = fields.Selection(
        [(status, label) for status, (label, _colour) in STATUSES.items()],
        "Status",
        compute="_compute_payment_status",
        store=True,
    )
    is_settled = fields.Boolean(
        "Settled",
        compute="_compute_is_settled",
        store=True,
        help="Nothing more is expected to happen with the payment.",
    )
    colour = fields.Integer(compute="_compute_colour", export_string_translation=False)
    is_told = fields.Boolean(
        compute="_compute_is_told",
        compute_sudo=True,
        help="The payer knows the amount, so that it is fixed.",
    )
    draft_leads = fields.Boolean(
        compute="_compute_draft_leads",
        compute_sudo=True,
        help="Payer, service or price were changed on the draft invoice, so that they "
        "are changed there.",
    )
    draft_since = fields.Datetime(compute="_compute_draft_leads", compute_sudo=True)
    # its payment message is the next step, and somebody's to take
    wants_message = fields.Boolean(
        compute="_compute_wants_message",
        compute_sudo=True,
        export_string_translation=False,
    )
    # Text, not Char: lists show all of it, in several lines
    payment_next_step = fields.Text(
        "Next Step", compute="_compute_payment_next_step", compute_sudo=True
    )

    # What a client has open is found without a look at all that is settled.
    _open_index = models.Index("(client_id) WHERE is_settled IS NOT TRUE")

    # === COMPUTE METHODS === #

    # Each looks at the invoice of the booking as it is in the database (`_origin`):
    # whoever sends the id of another invoice along with a form learns nothing of it.

    @api.depends(
        "active",
        "attendance",
        "client_id",
        "invoicing_method",
        "price",
        "invoice_id.state",
        "invoice_id.amount_total",
        "invoice_id.payment_state",
        "invoice_id.reversal_move_ids.payment_state",
        "invoice_id.reversal_move_ids.state",
        "invoice_id.externally_billed",
        "invoice_id.payment_message_state",
        "invoice_id.payment_message_line_ids.is_unsolved",
        "invoice_id.payment_message_line_ids.message_id.next_try_date",
        "invoice_id.payment_completion_date",
        "invoice_id.payment_completion_problem",
        "invoice_id.completes_after",
        "invoice_id.amount_residual",
    )
    def _compute_payment_status(self):
        for booking in self:
            invoice = booking._origin.invoice_id
            if invoice:
                booking.payment_status = invoice._get_booking_status()
            elif booking.invoicing_method == "external":
                booking.payment_status = "external"
            elif not booking.invoicing_method:
                booking.payment_status = False  # never billed by itself
            elif not booking.active or booking.attendance == "cancelled":
                booking.payment_status = "cancelled"
            elif not booking.client_id:
                booking.payment_status = False
            elif not booking.price:
                booking.payment_status = "free"
            else:
                booking.payment_status = "to_invoice"

    @api.depends("payment_status")
    def _compute_is_settled(self):
        for booking in self:
            status = booking.payment_status
            booking.is_settled = not status or status in SETTLED_STATUSES

    @api.depends("payment_status")
    def _compute_colour(self):
        for booking in self:
            _label, booking.colour = STATUSES.get(booking.payment_status, ("", 0))

    @api.depends(
        "invoice_id.state",
        "invoice_id.payment_message_state",
        "invoice_id.payment_state",
        "invoice_id.reversal_move_ids.state",
    )
    def _compute_is_told(self):
        for booking in self:
            booking.is_told = booking._origin.invoice_id._is_amount_locked()

    @api.depends("invoice_id.draft_leads")
    def _compute_draft_leads(self):
        for booking in self:
            invoice = booking._origin.invoice_id
            booking.draft_leads = invoice.state == "draft" and invoice.draft_leads
            booking.draft_since = invoice.create_date

    @api.depends("payment_status", "invoice_id.is_move_sent")
    def _compute_wants_message(self):
        for booking in self:
            invoice = booking._origin.invoice_id
            status = booking.payment_status
            untold = status == "draft" or (
                status in ("unpaid", "partial")
                and invoice._filter_untold()
                and not invoice.is_move_sent  # nor by Odoo's Send
                and not booking._is_called_off()
            )
            booking.wants_message = status == "to_invoice" or (
                untold and not invoice._get_message_obstacle()
            )

    @api.depends(
        "payment_status",
        "wants_message",
        "invoice_id.payment_message_story",
        "invoice_id.reminder_story",
        "invoice_id.reversal_move_ids.amount_residual",
        "move_line_ids.move_id.state",
        "attendance",
        "was_drafted",
    )
    @api.depends_context("lang", "tz")
    def _compute_payment_next_step(self):
        told = self._origin._get_told_in_vain()
        for booking in self:
            sentences = (
                told[booking._origin.id]._describe_told_in_vain()
                if booking._origin.id in told
                else False,
                booking._get_next_step(),
            )
            booking.payment_next_step = " ".join(filter(None, sentences)) or False

    def _get_told_in_vain(self):
        """Return which payers were told of an invoice that was cancelled since.

        Of bookings whose payer knows of no other: whoever sends a message, or bills
        elsewhere, tells the payer twice.

        :return: dict from the booking's id to the `konfidens.payment.message.line`
        """
        lines = self.env["konfidens.payment.message.line"].search(
            [
                ("move_id.line_ids.booking_id", "in", self.ids),
                ("move_id.state", "=", "cancel"),
                ("message_id.state", "in", ("sent", "delivered")),
            ],
            order="id",
        )
        told = {
            booking.id: line for line in lines for booking in line.move_id.booking_ids
        }
        return {
            booking.id: told[booking.id]
            for booking in self
            if booking.id in told and not booking.is_told
        }

    def _get_next_step(self):
        """Return what happens next with the payment, in words, or False."""
        self.ensure_one()
        status = self.payment_status
        invoice = self._origin.invoice_id
        waiting = status in ("draft", "scheduled", "attention")
        waiting = waiting and invoice.state == "draft" and not invoice._is_paid()
        if problem := waiting and invoice._get_message_obstacle():
            return problem
        if invoice.is_marked_otherwise:
            return self._describe_otherwise()
        waits = status in ("draft", "scheduled") and self._waits_for_mark()
        by_hand = status == "scheduled" and not (
            invoice._get_latest_payment_message().follows_appointment
        )
        if waits and not by_hand:
            return self.env._(
                "The payment message goes out once you say that the client came."
            )
        if status in ("scheduled", "retrying", "sent", "attention"):
            return invoice.payment_message_story
        if status == "draft" and invoice._is_paid():
            return self.env._("It is paid already. Complete the invoice.")
        if status == "draft":
            return self.env._("Send the payment message when you are ready.")
        if status == "to_invoice" and self.was_drafted:
            return self.env._(
                "Its draft was cancelled or deleted: press Create Invoice if it shall "
                "be billed after all, or Bill Externally if not."
            )
        if status == "to_invoice":
            return self.env._("Create the invoice when you are ready.")
        if status in ("unpaid", "partial"):
            due = format_date(self.env, invoice._get_first_due_date())
            if self.wants_message:
                return self.env._(
                    "Nobody was told of it yet: press Send Payment Message. It is due "
                    "%(date)s.",
                    date=due,
                )
            return self.env._("Waits for payment, due %(date)s.", date=due)
        if status == "credited" and (note := invoice._get_note_to_refund()):
            return self.env._(
                "%(amount)s is to be paid back to the payer.",
                amount=format_amount(self.env, note.amount_to_refund, note.currency_id),
            )
        return False
