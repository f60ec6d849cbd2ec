from odoo import fields, models

from odoo.addons.konfidens_payments.models.booking.calendar_event import GROUPS


class ResPartner(models.Model):
    """What a buyer wants to find in the electronic invoices that it gets."""

    _inherit = "res.partner"

    payments_buyer_reference = fields.Char(
        "Buyer's Reference",
        groups=GROUPS,
        help="By which the buyer knows where an electronic invoice belongs: a "
        "reference, a cost centre or a name. The booking may have another.",
    )
    payments_order_number = fields.Char(
        "Order Number",
        groups=GROUPS,
        help="The buyer's order to which electronic invoices refer. The booking may "
        "have another.",
    )
    payments_needs_reference = fields.Boolean(
        "Needs a Reference",
        groups=GROUPS,
        help="The buyer refuses electronic invoices without its reference or order "
        "number, as public bodies do: none goes out without one.",
    )

    def write(self, vals):
        """Override of `base`: drafts name a client as her contact does now."""
        if not {"name", "ref"} & set(vals):
            return super().write(vals)
        lines = self.env["account.move.line"]
        named = [
            ("booking_id.client_id", "in", self.ids),
            ("company_id.payments_client_on_invoice", "!=", "never"),
        ]
        with lines._renewing_labels(named):
            return super().write(vals)

    def _get_reference(self, name):
        """Return this payer's reference, or that of the company that it belongs to.

        :param name: ``buyer_reference`` or ``order_number``
        """
        # sudo: what is printed on the document, whoever makes it
        payer = self.sudo()
        name = f"payments_{name}"
        return payer[name] or payer.commercial_partner_id[name]

    def _needs_reference(self):
        payer = self.sudo()  # sudo: as above
        return (
            payer.payments_needs_reference
            or payer.commercial_partner_id.payments_needs_reference
        )
