from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

# In the context of Payments, Services: what is made there is a service of Payments.
SERVICES = "konfidens_payments_services"


class ProductTemplate(models.Model):
    """The tax of services, which the practice chooses once for all."""

    _inherit = "product.template"

    payments_other_tax = fields.Boolean(
        "Other Tax",
        compute="_compute_payments_other_tax",
        search="_search_payments_other_tax",
        help="A service whose tax is not that of services, as the settings of Payments "
        "say.",
    )

    @api.model
    def default_get(self, fields):
        """Override of `account`: a service made in Payments has the tax of services.

        None where the practice has not said which, or where it differs: no service
        gets a tax that nobody chose.
        """
        defaults = super().default_get(fields)
        if self.env.context.get(SERVICES) and "taxes_id" in fields:
            tax = self.env.company.payments_tax_id
            defaults["taxes_id"] = [Command.set(tax.ids)]
        return defaults

    def _construct_tax_string(self, price):
        """Override of `account`: nothing is said of what is not there yet."""
        return super()._construct_tax_string(price) if self.currency_id else " "

    @api.depends("taxes_id", "type", "sale_ok")
    @api.depends_context("company")
    def _compute_payments_other_tax(self):
        other = self.filtered_domain(self._get_other_tax_domain())
        for template in self:
            template.payments_other_tax = template in other

    def _search_payments_other_tax(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_other_tax_domain()
        return domain if True in value else ~domain

    @api.model
    def _get_other_tax_domain(self):
        """Return the domain of services with another tax than the company chose."""
        company = self.env.company
        tax = company.payments_tax_id
        if not tax:
            return Domain.FALSE
        taxes = self.env["account.tax"]
        own = Domain(taxes._check_company_domain(company))
        return (
            Domain("type", "=", "service")
            & Domain("sale_ok", "=", True)
            & Domain(self._check_company_domain(company))
            & (
                Domain("taxes_id", "not any", [("id", "=", tax.id)])
                | Domain("taxes_id", "any", own & Domain("id", "!=", tax.id))
            )
        )

    def action_use_tax_of_services(self):
        """Give these services the tax of services; drafts of theirs follow.

        Other companies' taxes of them stay.

        :raises AccessError: the user may not write them
        :raises UserError: the practice has chosen none
        """
        self.check_access("write")
        company = self.env.company
        tax = company.payments_tax_id
        if not tax:
            raise UserError(
                self.env._(
                    "%(company)s has chosen no tax of services. Say in Settings, "
                    "Payments, what services are.",
                    company=company.name,
                )
            )
        lines = self.env["account.move.line"]._find_following_lines(self, company)
        own = self.taxes_id._filter_taxes_by_company(company)
        removed = [Command.unlink(other.id) for other in own - tax]
        self.write({"taxes_id": [*removed, Command.link(tax.id)]})
        lines._take_taxes_of_service()


class ProductProduct(models.Model):
    _inherit = "product.product"

    def action_use_tax_of_services(self):
        """Give these services the tax of services; drafts of theirs follow.

        :raises AccessError: the user may not write them
        :raises UserError: the practice has chosen none
        """
        self.product_tmpl_id.action_use_tax_of_services()
