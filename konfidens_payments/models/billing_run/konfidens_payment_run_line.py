from odoo import fields, models
from odoo.exceptions import UserError

from ...tools import explain_error, mask_addresses
from .choice import REASONS


class KonfidensPaymentRunLine(models.Model):
    """What a billing run does with one booking; at its end, the list of results."""

    _name = "konfidens.payment.run.line"
    _description = "Billing Run Result"
    _order = "run_id desc, id"
    _rec_name = "payer_id"

    run_id = fields.Many2one(
        "konfidens.payment.run",
        "Billing Run",
        required=True,
        index=True,
        ondelete="cascade",
    )
    position = fields.Integer(
        export_string_translation=False,
        help="Among those that are billed, from 0 on; their messages go in this order.",
    )
    # the booking
    booking_id = fields.Many2one(
        "konfidens.payment.booking", index="btree_not_null", ondelete="set null"
    )
    start = fields.Datetime(related="booking_id.start", string="Appointment")
    practitioner_id = fields.Many2one(
        related="booking_id.user_id", string="Practitioner"
    )
    client_id = fields.Many2one(related="booking_id.client_id")
    payer_id = fields.Many2one("res.partner", ondelete="set null")
    # what became of it
    result = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("billed", "Billed"),
            ("skipped", "Left out"),
            ("failed", "Failed"),
            ("undone", "Taken back"),
            ("kept", "Billed, not taken back"),
        ],
        required=True,
        default="waiting",
    )
    reason = fields.Selection(
        [
            *REASONS,
            ("error", "Error"),
            ("completed", "Completed already"),
            ("left", "The message has left"),
            ("changed", "Changed by hand"),
        ]
    )
    details = fields.Char(help="What went wrong, in words.")
    move_id = fields.Many2one("account.move", "Invoice", ondelete="set null")
    currency_id = fields.Many2one("res.currency", ondelete="restrict")
    amount = fields.Monetary(help="Before any tax that is added to it.")
    # how the booking was before
    method_before = fields.Char(export_string_translation=False)
    service_given = fields.Boolean(export_string_translation=False)
    price_given = fields.Boolean(export_string_translation=False)

    # Each run of the job looks here for what is left to do.
    _queue_index = models.Index(
        "(run_id, position) WHERE result IN ('waiting', 'billed')"
    )
    _one_result_per_booking = models.UniqueIndex(
        "(run_id, booking_id)", "This booking is in this billing run already."
    )

    def action_view_booking(self):
        """Open the appointment.

        :raises UserError: it was deleted
        """
        self.ensure_one()
        if not self.booking_id:
            raise UserError(self.env._("This appointment was deleted."))
        return self.booking_id.action_view_event()

    def _get_details(self, error):
        """Return an exception in words that may stay: without the payer's addresses."""
        payers = self.payer_id | self.booking_id.payer_id
        return mask_addresses(explain_error(self.env, error), payers)
