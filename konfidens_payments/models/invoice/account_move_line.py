from odoo import api, models
from odoo.exceptions import UserError

# What makes up the amount that the client was told.
AMOUNT = {
    "product_id",
    "quantity",
    "price_unit",
    "discount",
    "tax_ids",
    "display_type",
    "move_id",
}


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `account`: no new lines once the client was told the amount."""
        lines = super().create(vals_list)
        lines._check_not_told()
        return lines

    def write(self, vals):
        """Override of `account`: lines are fixed once the client was told the amount.

        :raises UserError: with what to do instead
        """
        if AMOUNT.intersection(vals):
            self._check_not_told()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_told(self):
        if not self.env.context.get("dynamic_unlink"):
            self._check_not_told()

    def _check_not_told(self):
        billed = self.filtered(
            lambda line: (
                line.display_type == "product"
                and line.parent_state == "draft"
                and line.move_id.booking_ids
            )
        )
        for move in billed.move_id:
            if move._is_amount_locked():
                raise UserError(move._get_told_message())
