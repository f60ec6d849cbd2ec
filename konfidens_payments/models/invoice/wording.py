from odoo import api, models


class AccountMove(models.Model):
    """What an invoice says of the appointments that it bills."""

    _inherit = "account.move"

    @api.depends(
        "line_ids.booking_id.start",
        "line_ids.booking_id.allday",
        "line_ids.booking_id.user_id",
    )
    def _compute_delivery_date(self):
        """Override of `account`: what is delivered is the appointment, on its day.

        Of several the last one. Odoo prints it, and electronic invoices carry it.
        """
        result = super()._compute_delivery_date()
        for move in self:
            # what is posted stays as it was issued
            if move.state == "draft" and move.booking_ids:
                move.delivery_date = max(
                    booking._get_local_day() for booking in move.booking_ids
                )
        return result

    @api.depends_context("lang")
    def _compute_taxes_legal_notes(self):
        """Override of `account`: each payer reads it in the own language.

        Odoo keeps it for all languages, where several invoices are printed at once.
        """
        return super()._compute_taxes_legal_notes()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    @api.depends("booking_id")
    def _compute_name(self):
        """Override of `account`: an appointment's line never names the product.

        Odoo writes its name where a line has no text.
        """
        billing = self.filtered(
            lambda line: line.booking_id and line.display_type == "product"
        )
        for line in billing.filtered(lambda line: not line.name):
            line.name = line.booking_id._get_invoice_label()
        return super(AccountMoveLine, self - billing)._compute_name()
