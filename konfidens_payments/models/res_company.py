from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    payments_active = fields.Boolean(
        "Payments",
        help="Bill appointments from the calendar. Every appointment that was "
        "booked before is externally billed.",
    )
    payments_activated_on = fields.Datetime(
        "Activated On",
        readonly=True,
        help="Appointments booked before this moment are externally billed.",
    )
    payments_service_id = fields.Many2one(
        "product.product",
        "Default Service",
        domain="[('type', '=', 'service'), ('sale_ok', '=', True)]",
        check_company=True,
        help="Billed when an invoice is created for an appointment without a service.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies.filtered("payments_active")._stamp_payments_activation()
        return companies

    def write(self, vals):
        activated = (
            self.filtered(lambda company: not company.payments_active)
            if vals.get("payments_active")
            else self.browse()
        )
        result = super().write(vals)
        activated._stamp_payments_activation()
        return result

    def _stamp_payments_activation(self):
        """Note when payments were activated; appointments made before are settled.

        Activating again after a pause moves the date: what was booked meanwhile
        was billed elsewhere.
        """
        if self:
            self.write({"payments_activated_on": fields.Datetime.now()})

    def _get_invoicing_problem(self):
        """Return what keeps this company from invoicing and what to do, or False."""
        self.ensure_one()
        if not self.payments_active:
            return self.env._(
                "Payments are not activated for %(company)s. Activate them in "
                "Settings, Payments.",
                company=self.name,
            )
        journals = self.env["account.journal"]
        if not journals.search_count(
            [*journals._check_company_domain(self), ("type", "=", "sale")], limit=1
        ):
            return self.env._(
                "%(company)s has no sales journal yet. Choose its chart of accounts in "
                "Settings, Invoicing, Fiscal Localization, or ask your accountant.",
                company=self.name,
            )
        return False
