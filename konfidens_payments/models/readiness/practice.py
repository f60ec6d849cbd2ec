from stdnum.util import get_cc_module

from odoo import api, models
from odoo.tools import email_normalize

# What an organisation number is called by python-stdnum, which Odoo brings.
_NUMBERS = {"NO": "orgnr", "SE": "orgnr", "DK": "cvr"}


class KonfidensPaymentReadiness(models.AbstractModel):
    """Who the practice is, as its clients and the law want to know."""

    _inherit = "konfidens.payment.readiness"

    @api.model
    def _look_at_company(self, company):
        missing = [
            words
            for words, is_there in (
                (self.env._("e-mail"), email_normalize(company.email)),
                (self.env._("street"), company.street),
                (self.env._("postcode"), company.zip),
                (self.env._("city"), company.city),
                (self.env._("country"), company.country_id),
            )
            if not is_there
        ]
        return self._line(
            "company",
            self.env._("E-mail and address of the practice"),
            self.env._(
                "Messages come from this address, and every invoice must say where the "
                "practice is."
            ),
            missing=missing
            and self.env._("Missing: %(what)s.", what=", ".join(missing)),
            ready=f"{company.name}, {company.email}",
            button=self.env._("Enter Them"),
            action=self._open(
                "res.partner",
                {
                    "type": "ir.actions.act_window",
                    "name": company.name,
                    "res_model": "res.partner",
                    "res_id": company.partner_id.id,
                    "views": [(False, "form")],
                },
            ),
        )

    @api.model
    def _look_at_organisation_number(self, company):
        country = company.account_fiscal_country_id.code or company.country_id.code
        number = company._get_organisation_number(country)
        problem = False
        if not number:
            problem = self.env._("There is none.")
        elif not _is_valid(number, country):
            problem = self.env._(
                "%(number)s cannot be right: a digit is wrong or missing.",
                number=number,
            )
        return self._line(
            "organisation_number",
            self.env._("Organisation number"),
            self.env._(
                "Every invoice must say it, also of who is not registered for VAT."
            ),
            missing=problem,
            ready=number,
            button=self.env._("Enter It"),
            action=self._open_settings(),
        )

    @api.model
    def _look_at_chart(self, company):
        return self._line(
            "chart",
            self.env._("Chart of accounts"),
            self.env._("Invoices are booked in it."),
            missing=not company.root_id.chart_template
            and self.env._("There is none yet. Choose the one of your country."),
            ready=dict(
                self.env["account.chart.template"]._select_chart_template(
                    company.country_id
                )
            ).get(company.root_id.chart_template),
            button=self.env._("Choose It"),
            action=self._open(
                "res.config.settings", "account.action_account_config", "create"
            ),
        )

    @api.model
    def _look_at_tax(self, company):
        kind = company.payments_tax_kind
        missing = advised = False
        services = self.env["product.product"].with_company(company)
        count = services.search_count([("payments_other_tax", "=", True)])
        if not kind:
            missing = self.env._("Say whether your services are exempt or taxable.")
        elif kind != "differs" and not company.payments_tax_id:
            missing = self.env._("No tax is chosen.")
        elif kind == "taxable" and not company.vat:
            missing = self.env._(
                "Your services are taxable, and the practice has no VAT number."
            )
        elif count:
            advised = self.env._("Services with another tax: %(count)s.", count=count)
        kinds = dict(
            company._fields["payments_tax_kind"]._description_selection(self.env)
        )
        return self._line(
            "tax",
            self.env._("Tax of your services"),
            self.env._("It decides what an invoice comes to, and what it must say."),
            missing=missing,
            advised=advised,
            ready=kind and kinds[kind],
            button=self.env._("Say It"),
            action=self._open_settings(),
        )


def _is_valid(number, country):
    """Return whether an organisation number can be one of its country."""
    if country not in _NUMBERS:
        return True
    return get_cc_module(country.lower(), _NUMBERS[country]).is_valid(number)
