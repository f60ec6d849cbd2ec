from odoo import api, fields, models
from odoo.tools import sql


class AccountMoveLine(models.Model):
    """That a booking has one invoice in force, ever: the database sees to it."""

    _inherit = "account.move.line"

    billed_booking_id = fields.Many2one(
        "konfidens.payment.booking",
        compute="_compute_billed_booking_id",
        store=True,
        groups="base.group_system",
        export_string_translation=False,
        help="The booking, as long as this invoice of it is in force.",
    )

    # Looked at after each statement, not after each row: one goes as another comes.
    _one_in_force = models.Constraint(
        "EXCLUDE USING btree (billed_booking_id WITH =)"
        " WHERE (billed_booking_id IS NOT NULL) DEFERRABLE",
        "The appointment has another invoice already. Cancel that one, or credit it, "
        "first.",
    )

    def _auto_init(self):
        """Override of `base`: no line of before bills a booking, however many."""
        if not sql.column_exists(self.env.cr, self._table, "billed_booking_id"):
            sql.create_column(self.env.cr, self._table, "billed_booking_id", "int4")
        return super()._auto_init()

    @api.depends(
        "booking_id",
        "move_id.move_type",
        "move_id.payment_state",
        "move_id.reversal_move_ids.state",
        "move_id.state",
    )
    def _compute_billed_booking_id(self):
        for line in self:
            booking = line.booking_id
            line.billed_booking_id = booking and line.move_id._is_in_force() and booking


class AccountMove(models.Model):
    _inherit = "account.move"

    def _is_in_force(self):
        """Return whether this is an invoice that bills what it says."""
        self.ensure_one()
        return (
            self.move_type == "out_invoice"
            and self.state != "cancel"
            and not (self.state == "posted" and self._is_credited())
        )
