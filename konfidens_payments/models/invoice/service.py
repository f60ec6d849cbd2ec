from odoo import api, models

from ...tools import quietly


class AccountMoveLine(models.Model):
    """Which lines of drafts follow their service."""

    _inherit = "account.move.line"

    @api.model
    def _find_following_lines(self, templates, company):
        """Return the lines of drafts whose taxes follow from one of these services.

        With all rights. Not those whose payer knows the amount, nor where somebody
        chose other taxes.

        :param templates: `product.template` records that the user may write
        """
        # sudo: the draft follows what the user may write, as it follows the booking
        lines = self.sudo()._find_open_lines(templates)
        return lines.filtered(
            lambda line: (
                line.company_id == company
                and line.tax_ids == line._get_computed_taxes()
            )
        )

    @api.model
    def _find_open_lines(self, templates):
        """Return the lines of drafts that bill bookings of these services.

        Not those whose payer knows what the draft says.

        :param templates: `product.template` records
        """
        lines = self.search(
            [
                ("product_id.product_tmpl_id", "in", templates.ids),
                ("booking_id", "!=", False),
                ("parent_state", "=", "draft"),
            ]
        )
        return lines.filtered(lambda line: not line.move_id._is_amount_locked())

    def _take_taxes_of_service(self):
        """Give these lines of drafts the taxes that their services have now."""
        lines = quietly(self)
        for line in lines:
            line.tax_ids = line._get_computed_taxes()
        lines.filtered(lambda line: not line.move_id.draft_leads)._adapt_to_taxes()


class ProductTemplate(models.Model):
    """A service whose drafts say of it what it says now."""

    _inherit = "product.template"

    def write(self, vals):
        """Override of `product` to bring drafts in step with the text on invoices."""
        if "payments_invoice_text" not in vals:
            return super().write(vals)
        # sudo: the draft follows what the user may write, as it follows the booking
        lines = self.env["account.move.line"].sudo()._find_open_lines(self)
        # where somebody wrote another text, it stays
        following = [
            line for line in lines if line.name == line.booking_id._get_invoice_label()
        ]
        result = super().write(vals)
        for line in following:
            quietly(line).name = line.booking_id._get_invoice_label()
        return result
