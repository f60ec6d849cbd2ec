from odoo import models
from odoo.tools import html2plaintext

from odoo.addons.account_edi_ubl_cii.models.account_edi_common import FloatFmt

# How the document calls a number that is none of VAT.
TAX = "TAX"
REGISTER = "Foretaksregisteret"
# What a draft lacks, and gets when it is completed.
ON_COMPLETION = (
    "peppol_en16931_ubl_buyer_ref_po_ref",
    "ubl20_invoice_date_required",
    "ubl20_invoice_name_required",
)


class AccountEdiXmlUblBis3(models.AbstractModel):
    """The document (EHF Billing 3.0 is Peppol BIS Billing 3.0) of an appointment."""

    _inherit = "account.edi.xml.ubl_bis3"

    # === NODES === #

    def _add_invoice_config_vals(self, vals):
        """Override of `account_edi_ubl_cii`: what is delivered goes to the customer.

        Odoo takes the delivery address among the payer's contacts: that may be a
        client, whose employer pays.
        """
        result = super()._add_invoice_config_vals(vals)
        if vals["invoice"]._get_documented_bookings():
            vals["partner_shipping"] = vals["customer"]
        return result

    def _add_invoice_header_nodes(self, document_node, vals):
        """Override of `account_edi_ubl_cii`: the buyer's own references.

        Odoo gives the contact's number in the practice's books for the buyer's
        reference, and for the order number the invoice's or, on a credit note, why it
        was made.
        """
        result = super()._add_invoice_header_nodes(document_node, vals)
        move = vals["invoice"]
        if not move._get_documented_bookings():
            return result
        reference, order = move._get_buyer_references()
        document_node["cbc:BuyerReference"] = {"_text": reference or None}
        # One of the two has to be there: PEPPOL-EN16931-R003.
        order = order or (not reference and move.name)
        document_node["cac:OrderReference"] = {"cbc:ID": {"_text": order or None}}
        credited = move.reversed_entry_id
        if move.move_type == "out_refund" and credited:
            document_node["cac:BillingReference"] = {
                "cac:InvoiceDocumentReference": {
                    "cbc:ID": {"_text": credited.name},
                    "cbc:IssueDate": {"_text": credited.invoice_date},
                }
            }
        return result

    def _add_invoice_delivery_nodes(self, document_node, vals):
        """Override of `account_edi_ubl_cii`: credit notes have a delivery day, too.

        That of their invoice: its appointment may be on another day by now.
        """
        result = super()._add_invoice_delivery_nodes(document_node, vals)
        move = vals["invoice"]
        bookings = move._get_documented_bookings()
        if bookings and (day := move._get_credited_day(bookings)):
            document_node["cac:Delivery"]["cbc:ActualDeliveryDate"] = {"_text": day}
        return result

    def _add_invoice_monetary_total_nodes(self, document_node, vals):
        """Override of `account_edi_ubl_cii`: what is credited was not paid.

        Odoo calls it prepaid: a credit note would come to nothing, and an invoice that
        was credited in part to less than its own lines, though its credit note says
        the rest.
        """
        result = super()._add_invoice_monetary_total_nodes(document_node, vals)
        move = vals["invoice"]
        credited = move._get_documented_bookings() and move._get_matched_credits()
        if credited:
            tag = self._get_tags_for_document_type(vals)["monetary_total"]
            node, decimals = document_node[tag], vals["currency_dp"]
            for name, amount in (("Prepaid", -credited), ("Payable", credited)):
                text = node[f"cbc:{name}Amount"]
                text["_text"] = FloatFmt(text["_text"] + amount, min_dp=decimals)
        return result

    def _get_tax_exemption_reason(self, customer, supplier, tax):
        """Override of `account_edi_ubl_cii`: the law that the invoice itself names.

        Odoo names a directive of the EU, whatever the tax and wherever the seller.
        """
        values = super()._get_tax_exemption_reason(customer, supplier, tax)
        notes = tax and html2plaintext(tax.invoice_legal_notes or "").strip()
        in_words = values["tax_exemption_reason"]
        if notes and in_words and not values["tax_exemption_reason_code"]:
            values["tax_exemption_reason"] = notes
        return values

    def _get_party_node(self, vals):
        """Override of `account_edi_ubl_cii`: a Norwegian seller that has no VAT number.

        Odoo gives its organisation number as one of taxes, and the register besides: of
        numbers that are not of VAT a seller has one at most (UBL-SR-13). And whoever is
        exempt needs one of them (BR-E-02).
        """
        node = super()._get_party_node(vals)
        partner = vals["partner"].commercial_partner_id
        if (
            vals["role"] == "supplier"
            and partner.country_code == "NO"
            and not partner.vat
        ):
            company = vals["invoice"].company_id
            number = company.payments_in_register and REGISTER
            node["cac:PartyTaxScheme"] = [
                {
                    "cbc:CompanyID": {"_text": number or partner.peppol_endpoint},
                    "cac:TaxScheme": {"cbc:ID": {"_text": TAX}},
                }
            ]
        return node

    # === CONSTRAINTS === #

    def _invoice_constraints_peppol_en16931_ubl(self, invoice, vals):
        """Override of `account_edi_ubl_cii`: who is not registered has no VAT number.

        The rule itself, NO-R-001, is about the form of a number that is there.
        """
        constraints = super()._invoice_constraints_peppol_en16931_ubl(invoice, vals)
        if not vals["supplier"].vat:
            constraints.pop("no_r_001", None)
        return constraints

    def _invoice_constraints_cen_en16931_ubl(self, invoice, vals):
        """Override of `account_edi_ubl_cii`: the delivery address is not in it."""
        constraints = super()._invoice_constraints_cen_en16931_ubl(invoice, vals)
        if invoice._get_documented_bookings():
            constraints.pop("cen_en16931_delivery_address", None)
        return constraints

    def _export_invoice_constraints(self, invoice, vals):
        """Override of `account_edi_ubl_cii`: what the buyer needs.

        A draft may be looked at, which gets number and date later: so that it can be
        said before it is completed what the document lacks.
        """
        constraints = super()._export_invoice_constraints(invoice, vals)
        if invoice.state == "draft":
            for name in ON_COMPLETION:
                constraints.pop(name, None)
        constraints["konfidens_payments_reference"] = invoice._get_reference_problem()
        return constraints
