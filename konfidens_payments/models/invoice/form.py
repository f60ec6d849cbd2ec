from odoo import api, fields, models


class AccountMove(models.Model):
    """What Odoo's own form of the invoice shows of an appointment's invoice."""

    _inherit = "account.move"

    # sudo: a practitioner without accounting rights opens the invoice's form, where
    # Odoo counts its payments
    payment_count = fields.Integer(compute_sudo=True)
    reconciled_payment_ids = fields.Many2many(compute_sudo=True)

    @api.depends("booking_ids")
    def _compute_name_placeholder(self):
        """Override of `account`: a preview does not look as if it had a number."""
        previews = self.filtered("booking_ids")
        previews.name_placeholder = False
        return super(AccountMove, self - previews)._compute_name_placeholder()

    @api.depends("booking_ids")
    @api.depends_context("uid")
    def _compute_display_send_button(self):
        """Override of `account`: no *Send* for practitioners, who may not use it.

        They have *Send Payment Message*.
        """
        result = super()._compute_display_send_button()
        if not self.env.user.has_group("account.group_account_invoice"):
            self.filtered("booking_ids").display_send_button = False
        return result

    @api.depends("booking_ids")
    def _compute_highlight_send_button(self):
        """Override of `account`: the payer has the payment message already."""
        result = super()._compute_highlight_send_button()
        self.filtered("booking_ids").highlight_send_button = False
        return result
