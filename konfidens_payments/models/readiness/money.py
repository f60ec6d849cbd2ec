from odoo import api, models


class KonfidensPaymentReadiness(models.AbstractModel):
    """What is billed, until when it is to be paid, and how."""

    _inherit = "konfidens.payment.readiness"

    @api.model
    def _look_at_services(self, company):
        services = self.env["product.product"].with_company(company)
        domain = [
            *services._check_company_domain(company),
            ("type", "=", "service"),
            ("sale_ok", "=", True),
        ]
        count = services.search_count(domain)
        priced = services.search_count([*domain, ("list_price", ">", 0)])
        missing = advised = False
        if not priced:
            missing = self.env._("There is no service with a price.")
        elif not company._get_default_service():
            advised = self.env._(
                "Services with a price: %(count)s. Choose a default one, for "
                "appointments that have none.",
                count=priced,
            )
        return self._line(
            "services",
            self.env._("Services with prices"),
            self.env._("They are what an appointment costs."),
            missing=missing,
            advised=advised,
            ready=self.env._(
                "%(priced)s of %(count)s have a price.", priced=priced, count=count
            ),
            button=self.env._("Choose It") if advised else self.env._("Open Services"),
            action=self._open_settings()
            if advised
            else self._open("product.product", "konfidens_payments.action_services"),
        )

    @api.model
    def _look_at_payment_term(self, company):
        term = company.payments_payment_term_id
        return self._line(
            "payment_term",
            self.env._("Payment terms"),
            self.env._("Until when your clients are to pay. Without, at once."),
            advised=not term and self.env._("None are chosen."),
            ready=term.name,
            button=self.env._("Choose Them"),
            action=self._open_settings(),
        )

    @api.model
    def _look_at_ways_to_pay(self, company):
        providers = (
            self.env["payment.provider"]
            .sudo()
            .search(
                [
                    *self.env["payment.provider"]._check_company_domain(company),
                    ("state", "!=", "disabled"),
                ]
            )
        )
        account = company.partner_id.bank_ids.filtered(
            lambda bank: bank.company_id in (company, company.browse())
        )[:1]
        journal = company.payments_journal_id or self.env[
            "account.journal"
        ].sudo().search(
            [
                *self.env["account.journal"]._check_company_domain(company),
                ("type", "=", "sale"),
            ],
            limit=1,
        )
        app, number = company._get_app_number(company.currency_id)
        missing = advised = False
        if not account and not providers and not app:
            missing = self.env._(
                "There is neither a bank account nor a payment provider: your clients "
                "would read “%(company)s tells you how to pay”.",
                company=company.name,
            )
        elif providers and all(provider.state == "test" for provider in providers):
            advised = self.env._(
                "%(provider)s is in test mode: nobody really pays by it.",
                provider=providers[0].name,
            )
        elif wanted := self._get_wanted_reference(company, journal):
            advised = wanted
        ways = [*providers.mapped("name"), *account.mapped("acc_number")]
        if app:
            ways.append(f"{app} {number}")
        return self._line(
            "ways_to_pay",
            self.env._("How your clients pay"),
            self.env._(
                "The page of the pay link shows the bank account with its reference, "
                "your Swish or Vipps number, and the online ways to pay."
            ),
            missing=missing,
            advised=advised,
            ready=", ".join(ways),
            button=self.env._("Set It Up"),
            action=self._open_ways_to_pay(journal, providers, missing),
        )

    @api.model
    def _open_ways_to_pay(self, journal, providers, missing):
        """Return the action to what is to be done next, where the user may do it."""
        if missing:
            setup = self.env.company.setting_init_bank_account_action()
            return self._open("account.journal", setup, "create")
        if providers and any(provider.state == "test" for provider in providers):
            return self._open("payment.provider", "payment.action_payment_provider")
        form = {
            "type": "ir.actions.act_window",
            "name": journal.name,
            "res_model": "account.journal",
            "res_id": journal.id,
            "views": [(False, "form")],
        }
        return self._open("account.journal", form)

    @api.model
    def _get_wanted_reference(self, company, journal):
        """Return that banks of its country expect another reference, or False."""
        country = company.account_fiscal_country_id.code
        model = journal.invoice_reference_model or ""
        if country == "NO" and model != "no":
            return self.env._(
                "Your invoices carry no KID, by which a Norwegian bank tells which one "
                "is paid. Choose it on the journal %(journal)s, if your bank agreement "
                "has it.",
                journal=journal.name,
            )
        if country == "SE" and not model.startswith("se_ocr"):
            return self.env._(
                "Your invoices carry no OCR number, by which a Swedish bank tells "
                "which one is paid. Choose it on the journal %(journal)s, if your bank "
                "agreement has it.",
                journal=journal.name,
            )
        return False
