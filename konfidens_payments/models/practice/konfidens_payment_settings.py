from lxml import etree

from odoo import api, models
from odoo.exceptions import AccessError

from ...tools import plainly


class KonfidensPaymentSettings(models.TransientModel):
    """The same page for administrators of Payments, who are not Odoo's.

    It writes what it shows of the user's company, and nothing else.
    """

    _name = "konfidens.payment.settings"
    _inherit = "konfidens.payment.settings.fields"
    _description = "Settings of Payments"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: what is shown is written on the company.

        :raises AccessError: the user is no administrator of Payments, or it is more
        """
        for vals in vals_list:
            self._check_settings(vals)
        # Asked for here, with the user's own rights: whoever has all rights may name
        # any company in the context.
        company = self.env.company
        # sudo: checked; nothing of a caller's context comes along
        settings = plainly(self).with_company(company).sudo()
        vals_list = [{**vals, "company_id": company.id} for vals in vals_list]
        made = super(KonfidensPaymentSettings, settings).create(vals_list)
        return made.with_env(self.env)

    def write(self, vals):
        """Override of `base`, as `create`."""
        self._check_settings(vals)
        self.check_access("write")
        # sudo: checked
        return super(KonfidensPaymentSettings, self.sudo()).write(vals)

    @api.model
    def _check_settings(self, vals):
        if self.env.su:
            return
        self.check_access("create")
        shown = {
            name
            for name, field in self._fields.items()
            if name.startswith("payments_") and field.related and not field.readonly
        }
        if set(vals) - shown:
            raise AccessError(
                self.env._("Only the settings of Payments are changed here.")
            )

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Override of `base`: as the page stands in Odoo's settings."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form":
            # sudo: whoever reads no views
            page = self.env.ref("konfidens_payments.res_config_settings_view_form")
            arch.append(etree.fromstring(page.sudo().arch).find(".//app"))
        return arch, view

    # === ACTION METHODS === #

    def execute(self):
        """Save; which creating or writing them has done.

        :return: the action that loads the page anew, with what follows
        """
        return {"type": "ir.actions.client", "tag": "reload"}

    def cancel(self):
        """Show what is kept.

        :return: the action that loads the page anew
        """
        return {"type": "ir.actions.client", "tag": "reload"}
