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
