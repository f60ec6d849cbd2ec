from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

MANAGER = "konfidens_payments.group_payments_manager"


class KonfidensPaymentReadiness(models.AbstractModel):
    """What a practice needs before its first payment message leaves.

    Nothing of it is kept: each line is looked at anew. What is missing keeps clients
    from being told or from paying; what is advised does not.
    """

    _name = "konfidens.payment.readiness"
    _description = "Are We Ready?"

    @api.model
    def get_readiness(self):
        """Return what the user's company needs, and whether it is there.

        :return: dict with `active`, whether payments are on; `said`, since when; and
            `lines`, a list of dicts: `name`; `title`; `state` (`ready`, `advised` or
            `missing`); `said`, how it is; `why` it matters; and, where the user can see
            to it, `button` (its label) and `action`
        :raises AccessError: the user is no administrator of Payments
        """
        company = self._get_checked_company()
        lines = [line for look in self._get_looks() if (line := look(company))]
        return {
            "active": company.payments_active,
            "said": self._describe_activation(company),
            "lines": lines,
        }

    @api.model
    def _is_for_user(self):
        return self.env.user.has_group(MANAGER)

    @api.model
    def _get_checked_company(self):
        """Return the user's company, with all rights: who asks was checked."""
        if not self._is_for_user():
            raise AccessError(
                self.env._("Administrators of Payments see what a practice needs.")
            )
        return self.env.company.sudo()  # sudo: access was checked

    @api.model
    def _get_looks(self):
        """Return the methods that look, in the order in which one goes about it.

        Each is called with the company (with all rights) and returns a line, or nothing
        where it does not concern this practice.
        """
        return [
            self._look_at_company,
            self._look_at_organisation_number,
            self._look_at_chart,
            self._look_at_tax,
            self._look_at_services,
            self._look_at_payment_term,
            self._look_at_ways_to_pay,
            self._look_at_mail,
            self._look_at_sms,
            self._look_at_address,
            self._look_at_jobs,
            self._look_at_people,
            self._look_at_languages,
        ]

    @api.model
    def _get_missing(self, company):
        """Return the titles of what is missing, for who switches payments on: a list.

        :param company: with all rights
        """
        lines = [look(company) for look in self._get_looks()]
        return [line["title"] for line in lines if line and line["state"] == "missing"]

    @api.model
    def _describe_activation(self, company):
        if not company.payments_active:
            return self.env._(
                "Payments are off: no appointment is billed. What was booked before "
                "you switch them on stays billed elsewhere."
            )
        return self.env._(
            "Payments are on since %(date)s.",
            date=format_date(self.env, company.payments_activated_on),
        )

    @api.model
    def _line(self, name, title, why, missing=False, advised=False, **more):
        """Return a line.

        :param missing: what is missing, in words
        :param advised: what would be better, in words
        :param more: `ready`, what is said where all is well; `button`, the label of
            the button; `action`, what it opens, or nothing where the user may not
        """
        state = "missing" if missing else "advised" if advised else "ready"
        said = missing or advised or more.get("ready") or ""
        action = more.get("action")
        if missing and not action:
            ask = self.env._("Ask Odoo's administrator.")
            said = f"{said} {ask}"
        return {
            "name": name,
            "title": title,
            "why": why,
            "state": state,
            "said": said,
            "button": action and more["button"],
            "action": action or False,
        }

    @api.model
    def _open(self, model, action, operation="write", **values):
        """Return an action, where the user may do what it is for; else nothing.

        :param model: the name of the model that is changed there
        :param action: its XML id, or a dict
        """
        if not self.env[model].has_access(operation):
            return False
        if isinstance(action, str):
            # sudo: of which menus the user has is no secret what they open
            action = self.env["ir.actions.actions"].sudo()._for_xml_id(action)
        return {**action, **values}

    @api.model
    def _open_settings(self):
        """Return the action that opens the settings of Payments."""
        return self.env["ir.actions.actions"]._for_xml_id(
            "konfidens_payments.action_payments_settings"
        )
