from markupsafe import Markup

from odoo import api, models

from .konfidens_payment_readiness import MANAGER

NOTHING = Markup('<p class="o_view_nocontent_smiling_face">%s</p><p>%s</p>')
READY = Markup('<a href="/odoo/payments-ready">%s</a>')


class ResCompany(models.Model):
    """What an empty list of Payments says where payments are off."""

    _inherit = "res.company"

    def _get_off_help(self):
        """Return that payments are off, and who switches them on; False if they are on.

        In one of these companies is enough.

        :return: `Markup`
        """
        if any(company.payments_active for company in self):
            return False
        if self.env.user.has_group(MANAGER):
            name = READY % self.env._("Are We Ready?")
            then = self.env._(
                "%(page)s shows what is missing, and where you switch them on. Until "
                "then every appointment stays billed elsewhere.",
                page=name,
            )
        else:
            then = self.env._(
                "Ask your administrator to switch them on. Until then every "
                "appointment stays billed elsewhere."
            )
        return NOTHING % (self.env._("Payments are off."), then)


class KonfidensPaymentBooking(models.Model):
    _inherit = "konfidens.payment.booking"

    @api.model
    def get_empty_list_help(self, help_message):
        """Override of `base`: where payments are off, that comes first."""
        message = super().get_empty_list_help(help_message)
        return self.env.companies._get_off_help() or message


class KonfidensPaymentMessage(models.Model):
    _inherit = "konfidens.payment.message"

    @api.model
    def get_empty_list_help(self, help_message):
        """Override of `base`: where payments are off, that comes first."""
        message = super().get_empty_list_help(help_message)
        return self.env.companies._get_off_help() or message


class KonfidensPaymentRun(models.Model):
    _inherit = "konfidens.payment.run"

    @api.model
    def get_empty_list_help(self, help_message):
        """Override of `mail`: where payments are off, that comes first."""
        message = super().get_empty_list_help(help_message)
        return self.env.companies._get_off_help() or message


class AccountMove(models.Model):
    _inherit = "account.move"

    @api.model
    def get_empty_list_help(self, help_message):
        """Override of `mail`: of our lists, where payments are off that comes first."""
        message = super().get_empty_list_help(help_message)
        if not self.env.context.get("konfidens_payments_invoices"):
            return message
        return self.env.companies._get_off_help() or message

    @api.model
    def _get_unpaid_help(self):
        """Override: where payments are off, that comes first."""
        return self.env.companies._get_off_help() or super()._get_unpaid_help()
