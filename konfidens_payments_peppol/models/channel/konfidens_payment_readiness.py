from odoo import api, models


class KonfidensPaymentReadiness(models.AbstractModel):
    """Whether companies and public bodies, where some pay, get electronic invoices."""

    _inherit = "konfidens.payment.readiness"

    @api.model
    def _get_looks(self):
        """Extended: what some buyers ask for."""
        return [*super()._get_looks(), self._look_at_electronic_invoices]

    @api.model
    def _look_at_electronic_invoices(self, company):
        """Return the line, of a practice some of whose payers are companies."""
        booked = self.env["konfidens.payment.booking"].sudo()  # sudo: whether there are
        if not booked.search_count(
            [
                ("company_id", "=", company.id),
                ("payer_id.commercial_partner_id.is_company", "=", True),
            ],
            limit=1,
        ):
            return None
        return self._line(
            "electronic_invoices",
            self.env._("Electronic invoices"),
            self.env._(
                "Companies pay for some of your appointments. Public bodies take "
                "nothing else, and companies like it better than an e-mail."
            ),
            advised=company.with_env(self.env)._get_peppol_sender_problem(),
            ready=self.env._("%(company)s can send them.", company=company.name),
            button=self.env._("Open Settings"),
            action=self._open("res.config.settings", "account.action_account_config"),
        )
