from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import is_quiet
from ..booking.calendar_event import GROUPS


class AccountMoveLine(models.Model):
    """What an invoice charges for a booking."""

    _inherit = "account.move.line"

    booking_id = fields.Many2one(
        "konfidens.payment.booking",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups=GROUPS,
        help="Whose part in which appointment this line bills.",
    )
    credited_booking_id = fields.Many2one(
        "konfidens.payment.booking",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups=GROUPS,
        help="Of a credit note: which booking this line credits.",
    )
    has_own_text = fields.Boolean(
        readonly=True,
        copy=False,
        export_string_translation=False,
        groups=GROUPS,
        help="Somebody wrote the text of this line, so that it stays where the "
        "appointment moves.",
    )
    # A payer with a login to the portal reads invoices over RPC, and no service there.
    product_id = fields.Many2one(groups="base.group_user")

    # === CONSTRAINTS === #

    @api.constrains("booking_id", "move_id")
    def _check_bookings(self):
        """An invoice bills bookings of one practitioner, and each of them once."""
        for move in self.filtered("booking_id").move_id:
            lines = move.line_ids.filtered("booking_id")
            bookings = lines.booking_id
            if len(bookings) < len(lines):
                raise ValidationError(
                    self.env._("An invoice bills a booking with one line only.")
                )
            if len(bookings.user_id) > 1 or bookings.company_id - move.company_id:
                raise ValidationError(
                    self.env._(
                        "One invoice can bill several appointments of one practitioner "
                        "and one company only."
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `account`: what the payer was told stays.

        :raises UserError: with what to do instead
        """
        moves = self.move_id.browse(
            {vals["move_id"] for vals in vals_list if vals.get("move_id")}
        )
        if any(vals.get("booking_id") for vals in vals_list):
            # so that the database sees what is over before what begins
            self.flush_model(["billed_booking_id"])
        with moves._keeping_payments(), moves._watched():
            lines = super().create(vals_list)
        lines.browse(
            line.id
            for line, vals in zip(lines, vals_list, strict=True)
            if "name" in vals and "has_own_text" not in vals
        )._note_own_texts()
        return lines

    def write(self, vals):
        """Override of `account`: what the payer was told stays.

        :raises UserError: with what to do instead
        """
        moves = self.move_id
        with moves._keeping_payments(), moves._watched():
            result = super().write(vals)
        if "name" in vals:
            self._note_own_texts()
        return result

    def unlink(self):
        """Override of `account`: what the payer was told stays.

        :raises UserError: with what to do instead
        """
        moves = self.move_id
        with moves._keeping_payments(), moves._watched():
            return super().unlink()

    # === BUSINESS METHODS === #

    def _note_own_texts(self):
        """Note on which of these lines a person wrote the text, which was written.

        Who writes what we would have written, or nothing, wrote none.
        """
        if is_quiet(self):
            return
        # sudo: what bills a booking stays in step with it, whoever writes the line
        for line in self.sudo().filtered("booking_id"):
            own = line.name and line.name != line.booking_id._get_invoice_label()
            if line.has_own_text != bool(own):
                line.has_own_text = bool(own)
