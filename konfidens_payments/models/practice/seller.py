import re

from odoo import fields, models


class ResCompany(models.Model):
    """What an invoice says of the practice: who it is in the public registers."""

    _inherit = "res.company"

    payments_in_register = fields.Boolean(
        "Foretaksregisteret",
        help="The company is in the Norwegian register of business enterprises, so "
        "that its invoices say so: every AS is.",
    )

    def _get_seller_line(self):
        """Return by which numbers the company is known, in words, or False.

        As it stands on invoices, in the language of the context: "Organisation number
        926 000 019 MVA, Foretaksregisteret". Also of a company that is not registered
        for VAT, of which Odoo prints no number.
        """
        self.ensure_one()
        country = self.account_fiscal_country_id or self.country_id
        norwegian = country.code == "NO"
        parts = []
        number = self._get_organisation_number(country.code)
        if number:
            labels = self.partner_id._get_company_registry_labels()
            label = labels.get(country.code) or self.env._("Company ID")
            # the law wants these letters after the number of who is registered
            registered = " MVA" if norwegian and self.vat else ""
            parts.append(f"{label} {number}{registered}")
        if self.vat and not (norwegian and number):
            label = country.vat_label or self.env._("VAT number")
            parts.append(f"{label} {self.vat}")
        if norwegian and self.payments_in_register:
            parts.append("Foretaksregisteret")
        return ", ".join(parts) or False

    def _get_organisation_number(self, country_code):
        """Return the company's number as one writes it in its country, or False.

        :param country_code: "NO", "SE" or "DK"; others as it was typed
        """
        number = self.company_registry
        if not number and country_code == "NO":
            # a field of its own in the Norwegian localization
            own = "l10n_no_bronnoysund_number"
            number = (own in self._fields and self[own]) or self.vat
        elif not number and country_code in ("SE", "DK"):
            number = self.vat
        digits = re.sub(r"\D", "", number or "")
        if country_code == "NO" and len(digits) == 9:
            return f"{digits[:3]} {digits[3:6]} {digits[6:]}"
        if country_code == "SE" and len(digits) in (10, 12):
            # the Swedish VAT number is this one and two digits more
            return f"{digits[:6]}-{digits[6:10]}"
        return digits if country_code == "DK" and digits else number


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _get_company_registry_labels(self):
        """Override of `base`: what this number is called in Norway and Sweden."""
        labels = super()._get_company_registry_labels()
        label = self.env._("Organisation number")
        return {"NO": label, "SE": label, **labels}
