from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import LazyTranslate, is_html_empty

_lt = LazyTranslate(__name__)

# The sale tax for exempt health care in charts that have one of their own.
CHART_TAXES = {"no": "tax5", "dk": "tax_smf"}
# The XML id, in the chart, of the one that is made where a chart has none.
OWN_TAX = "konfidens_payments_exempt"
SWEDISH_NAME = "Undantagen vård 0 %"
# Field 42 of the Swedish VAT return: turnover without VAT.
SWEDISH_TAG = "se_42"
# What an invoice says of the exemption, by the country where the practice is taxed.
EXEMPTIONS = {
    "NO": _lt(
        "Health care, exempt from VAT: the Norwegian VAT act "
        "(merverdiavgiftsloven) § 3-2."
    ),
    "SE": _lt(
        "Health care, exempt from VAT: the Swedish VAT act "
        "(mervärdesskattelagen 2023:200), chapter 10, sections 6 and 7."
    ),
    "DK": _lt(
        "Health care, exempt from VAT: the Danish VAT act (momsloven) § 13(1)(1)."
    ),
}


class ResCompany(models.Model):
    """Which tax the services of the practice have, and what is said of it."""

    _inherit = "res.company"

    payments_tax_kind = fields.Selection(
        [
            ("exempt", "Exempt health care"),
            ("taxable", "Taxable"),
            ("differs", "It differs by service"),
        ],
        "Services Are",
        help="Exempt health care: no tax is added, and the invoice says why.\n"
        "Taxable: the tax is added to the price of each service.\n"
        "It differs by service: each service has the tax that you choose on it.",
    )
    payments_tax_id = fields.Many2one(
        "account.tax",
        "Tax of Services",
        domain="[('type_tax_use', '=', 'sale')]",
        check_company=True,
        help="New services of Payments take it.",
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: the answer to what services are brings their tax."""
        companies = super().create(vals_list)
        companies._ensure_tax_of_services()
        return companies

    def write(self, vals):
        """Override of `base`: the answer to what services are brings their tax."""
        result = super().write(vals)
        if {"payments_tax_kind", "payments_tax_id"}.intersection(vals):
            self._ensure_tax_of_services()
        return result

    # === BUSINESS METHODS === #

    def _ensure_tax_of_services(self):
        """Give these companies a tax of services that fits their answer.

        Where the chart of accounts has none for exempt health care, it is made. Before
        a company has a chart there is none: the chart brings it.
        """
        for company in self.filtered("payments_tax_kind"):
            kind = company.payments_tax_kind
            tax = company.payments_tax_id
            if not company._is_tax_of_kind(tax, kind):
                tax = company._propose_tax_of_services(kind)
                if not tax and kind == "exempt":
                    tax = company._make_exempt_tax()
                if tax != company.payments_tax_id:
                    company.payments_tax_id = tax
            if kind == "exempt":
                company._word_exemption(tax)

    def _is_tax_of_kind(self, tax, kind):
        """Return whether services that are of this kind may have this tax.

        :param tax: `account.tax`, or none
        :param kind: of `payments_tax_kind`
        """
        if kind == "differs":
            return not tax
        return (
            bool(tax)
            and tax.type_tax_use == "sale"
            and any(tax.flatten_taxes_hierarchy().mapped("amount"))
            == (kind == "taxable")
        )

    def _propose_tax_of_services(self, kind):
        """Return the tax (`account.tax`) of the chart that services of this kind have.

        :param kind: of `payments_tax_kind`
        :return: none where the chart has none, or where it differs by service
        """
        self.ensure_one()
        tax = self.env["account.tax"]
        if kind == "taxable":
            tax = self.account_sale_tax_id
        elif kind == "exempt" and self.root_id.chart_template:
            chart = self.env["account.chart.template"].with_company(self)
            names = [CHART_TAXES.get(self.root_id.chart_template), OWN_TAX]
            tax = next(
                (
                    found
                    for name in filter(None, names)
                    if (found := chart.ref(name, raise_if_not_found=False))
                ),
                tax,
            )
        return tax if self._is_tax_of_kind(tax, kind) else self.env["account.tax"]

    def _make_exempt_tax(self):
        """Make a tax of 0 % for exempt health care, beside those of the chart.

        :return: `account.tax`; none as long as the company has no chart of accounts
        """
        self.ensure_one()
        company = self.root_id
        # sudo: who may write the company's settings asked for it; else only
        # accountants make taxes
        taxes = self.env["account.tax"].sudo().with_company(company)
        if not company.chart_template:
            return taxes.sudo(False)
        country = company.account_fiscal_country_id
        swedish = country.code == "SE"
        sale = [
            ("type_tax_use", "=", "sale"),
            ("company_id", "=", company.id),
            ("country_id", "=", country.id),
        ]
        name = SWEDISH_NAME if swedish else self.env._("Exempt health care 0 %")
        tax = taxes.search([*sale, ("name", "=", name), ("amount", "=", 0)], limit=1)
        if not tax:
            tags = taxes.env["account.account.tag"]
            if swedish:
                tags = tags.search(
                    [("name", "=", SWEDISH_TAG), ("country_id", "=", country.id)]
                )
            base = {"repartition_type": "base", "tag_ids": [Command.set(tags.ids)]}
            lines = [Command.create(base), Command.create({"repartition_type": "tax"})]
            # printed under the name of a group of 0 %, where the chart has one
            group = taxes.search([*sale, ("amount", "=", 0)], limit=1).tax_group_id
            tax = taxes.create(
                {
                    **({"tax_group_id": group.id} if group else {}),
                    "name": name,
                    "invoice_label": "0 %",
                    "amount": 0.0,
                    "type_tax_use": "sale",
                    "company_id": company.id,
                    "invoice_repartition_line_ids": lines,
                    "refund_repartition_line_ids": lines,
                }
            )
        xml_id = taxes.env["account.chart.template"].company_xmlid(OWN_TAX, company)
        taxes.env["ir.model.data"]._update_xmlids(
            [{"xml_id": xml_id, "record": tax, "noupdate": True}]
        )
        return tax.sudo(False)

    def _word_exemption(self, tax):
        """Let invoices say why no tax is added, where this tax has no words yet.

        In each language that is active: Odoo prints them in the payer's.
        """
        words = EXEMPTIONS.get(self.account_fiscal_country_id.code)
        # sudo: as in _make_exempt_tax
        tax = tax.sudo()
        if not tax or not words or not is_html_empty(tax.invoice_legal_notes):
            return
        english = tax.with_context(lang=None)
        english.invoice_legal_notes = english.env._(words)
        notes = tax._fields["invoice_legal_notes"]
        [term] = notes.get_trans_terms(english.invoice_legal_notes)
        tax.update_field_translations(
            notes.name,
            {
                code: {term: tax.with_context(lang=code).env._(words)}
                for code, _name in self.env["res.lang"].get_installed()
                if code != "en_US"
            },
        )


class AccountChartTemplate(models.AbstractModel):
    _inherit = "account.chart.template"

    def _post_load_data(self, template_code, company, template_data):
        """Override of `account`: who chose a tax of services before has it now."""
        result = super()._post_load_data(template_code, company, template_data)
        (company or self.env.company)._ensure_tax_of_services()
        return result
