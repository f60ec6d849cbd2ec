from odoo import api, models

from .konfidens_payment_readiness import MANAGER

PRACTITIONER = "konfidens_payments.group_payments_user"
# In which languages clients of a practice read, by its country.
_LANGUAGES = {"NO": "nb_NO", "SE": "sv_SE", "DK": "da_DK"}


class KonfidensPaymentReadiness(models.AbstractModel):
    """Who bills, and in which languages clients read."""

    _inherit = "konfidens.payment.readiness"

    @api.model
    def _look_at_people(self, company):
        users = self._get_users(PRACTITIONER, company)
        managers = self._get_users(MANAGER, company)
        others = users - managers
        return self._line(
            "people",
            self.env._("Practitioners and administrators"),
            self.env._(
                "Who bills the own appointments, who sees all, and who keeps the "
                "settings: the right Payments of a user."
            ),
            advised=not others
            and self.env._(
                "Only administrators may bill: %(names)s. Practitioners need the right "
                "Payments, Own appointments.",
                names=", ".join(managers.mapped("name")),
            ),
            ready=self.env._(
                "%(users)s may bill; administrators: %(names)s.",
                users=len(users),
                names=", ".join(managers[:5].mapped("name")),
            ),
            button=self.env._("Users"),
            action=self._open("res.users", "base.action_res_users"),
        )

    @api.model
    def _get_users(self, group, company):
        users = self.env.ref(group).sudo().all_user_ids
        return users.filtered(
            lambda user: (
                user.active
                and not user.share
                and company in user.company_ids
                and user != self.env.ref("base.user_root")
            )
        ).sorted("name")

    @api.model
    def _look_at_languages(self, company):
        installed = dict(self.env["res.lang"].get_installed())
        country = company.country_id.code
        wanted = _LANGUAGES.get(country)
        advised = False
        if wanted and wanted not in installed:
            advised = self.env._(
                "Clients read in English: the language of %(country)s is not "
                "installed.",
                country=company.country_id.name,
            )
        return self._line(
            "languages",
            self.env._("Languages of your clients"),
            self.env._("Each client is written to in the language of his contact."),
            advised=advised,
            ready=", ".join(installed.values()),
            button=self.env._("Languages"),
            action=self._open("res.lang", "base.res_lang_act_window"),
        )
