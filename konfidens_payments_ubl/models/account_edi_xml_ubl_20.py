from odoo import models


class AccountEdiXmlUbl20(models.AbstractModel):
    _inherit = "account.edi.xml.ubl_20"

    def _add_invoice_base_lines_vals(self, vals):
        """Override of `account_edi_ubl_cii`: no product where it is of an appointment.

        All formats of UBL take the product's name, code, barcode, attributes and
        classification from here. Where there is none, the line's own text is its name.
        """
        result = super()._add_invoice_base_lines_vals(vals)
        for base_line in vals["base_lines"]:
            line = base_line["record"]  # a dict where it is of no invoice line
            if isinstance(line, models.BaseModel) and line._hides_product():
                base_line["product_id"] = self.env["product.product"]
        return result

    def _add_invoice_header_nodes(self, document_node, vals):
        """Override of `account_edi_ubl_cii`: not why an appointment was credited."""
        result = super()._add_invoice_header_nodes(document_node, vals)
        move = vals["invoice"]
        if move._hides_reference():
            reference = {"cbc:ID": {"_text": move.reversed_entry_id.name}}
            document_node["cac:OrderReference"] = reference
        return result


class AccountEdiXmlCii(models.AbstractModel):
    _inherit = "account.edi.xml.cii"

    def _export_invoice_vals(self, invoice):
        """Override of `account_edi_ubl_cii`: as above, in Factur-X."""
        values = super()._export_invoice_vals(invoice)
        if invoice._hides_reference():
            reference = invoice.reversed_entry_id.name
            values["purchase_order_reference"] = reference
        return values
