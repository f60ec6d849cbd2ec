from odoo import api, fields, models

SETTLED_STATUSES = ("external", "paid", "credited", "free", "cancelled")


class CalendarEvent(models.Model):
    """Where the payment of a booking stands."""

    _inherit = "calendar.event"

    payment_status = fields.Selection(
        [
            ("external", "Externally billed"),
            ("to_invoice", "To invoice"),
            ("draft", "Draft"),
            ("scheduled", "Scheduled"),
            ("sent", "Sent"),
            ("attention", "Needs attention"),
            ("unpaid", "Unpaid"),
            ("paid", "Paid"),
            ("credited", "Credited"),
            ("free", "Free"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_payment_status",
        store=True,
    )
    is_settled = fields.Boolean(
        "Settled",
        compute="_compute_is_settled",
        store=True,
        help="Nothing more is expected to happen with the payment.",
    )
    is_billing_locked = fields.Boolean(
        compute="_compute_is_billing_locked",
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

    @api.depends(
        "active",
        "invoicing_method",
        "price",
        "invoice_id",
        "invoice_ids.state",
        "invoice_ids.payment_state",
        "invoice_ids.reversal_move_ids.state",
        "invoice_ids.externally_billed",
        "invoice_ids.payment_message_state",
        "invoice_ids.payment_message_ids.is_unsolved",
        "invoice_ids.payment_message_ids.next_completion_date",
    )
    def _compute_payment_status(self):
        for event in self:
            if event.invoice_id:
                event.payment_status = event.invoice_id._get_booking_status()
            elif event.invoicing_method == "external":
                event.payment_status = "external"
            elif not event.invoicing_method:
                event.payment_status = False  # no service: never billed by itself
            elif not event.active:
                event.payment_status = "cancelled"
            elif not event.price:
                event.payment_status = "free"
            else:
                event.payment_status = "to_invoice"

    @api.depends("payment_status")
    def _compute_is_settled(self):
        for event in self:
            event.is_settled = (
                not event.payment_status or event.payment_status in SETTLED_STATUSES
            )

    @api.depends("invoice_id", "invoice_ids.state", "invoice_ids.payment_message_state")
    def _compute_is_billing_locked(self):
        for event in self:
            event.is_billing_locked = event.invoice_id._is_amount_locked()

    @api.depends("payment_status", "invoice_ids.payment_message_story")
    @api.depends_context("lang", "tz")
    def _compute_payment_next_step(self):
        for event in self:
            event.payment_next_step = event._get_next_step()
