import re

from odoo import api, fields, models


class KonfidensPaymentBooking(models.Model):
    """What an electronic invoice says of a booking to who pays for somebody else."""

    _inherit = "konfidens.payment.booking"

    buyer_reference = fields.Char(
        "Buyer's Reference",
        help="For the electronic invoice of this appointment. That of the payer's "
        "contact, if empty.",
    )
    order_number = fields.Char(
        help="For the electronic invoice of this appointment. That of the payer's "
        "contact, if empty."
    )

    payer_is_company = fields.Boolean(
        related="payer_id.commercial_partner_id.is_company",
        export_string_translation=False,
    )

    @api.model
    def _get_choices(self):
        """Override: the references are for who bills the booking to enter."""
        return super()._get_choices() | {"buyer_reference", "order_number"}

    def _get_label_source(self):
        """Override: the line follows whom it names, too."""
        return (*super()._get_label_source(), self._get_client_label())

    def _get_invoice_label(self):
        """Override: for whom it was, as far as the practice lets the payer know."""
        label = super()._get_invoice_label()
        whom = self._get_client_label()
        return f"{label} ({whom})" if whom else label

    def _get_client_label(self):
        """Return the words for the client on an invoice to somebody else, or False."""
        self.ensure_one()
        client = self.client_id
        company = self.payer_id.commercial_partner_id
        if not client or not company.is_company or client == self.payer_id:
            return False
        match self.company_id.payments_client_on_invoice:
            case "initials":
                words = re.findall(r"[^\W\d_]+\S*", client.name or "")
                return "".join(f"{word[0].upper()}." for word in words)
            case "reference":
                return client.ref
        return False
