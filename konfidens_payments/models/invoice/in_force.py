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
        _ensure_column(self, "billed_booking_id")
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

    def _auto_init(self):
        """Override of `base`: no invoice of before bills a booking, however many."""
        for name in ("completes_after", "payment_message_state"):
            _ensure_column(self, name)
        return super()._auto_init()

    def _is_in_force(self):
        """Return whether this is an invoice that bills what it says."""
        self.ensure_one()
        return (
            self.move_type == "out_invoice"
            and self.state != "cancel"
            and not (self.state == "posted" and self._is_credited())
        )


def _ensure_column(model, name):
    """Make the empty column of a computed field, so that installing computes none."""
    if not sql.column_exists(model.env.cr, model._table, name):
        kind = model._fields[name].column_type[1]
        sql.create_column(model.env.cr, model._table, name, kind)
