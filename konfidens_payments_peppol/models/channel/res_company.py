from odoo import models

from .konfidens_payment_message import CHANNEL


class ResCompany(models.Model):
    _inherit = "res.company"

    def _is_quiet_for(self, channel):
        """Override: a document wakes nobody."""
        return channel != CHANNEL and super()._is_quiet_for(channel)

    def _get_peppol_sender_problem(self):
        """Return why this practice cannot send electronic invoices, or False."""
        self.ensure_one()
        company = self.sudo()  # sudo: whether it is registered, for whoever bills
        if company.peppol_can_send and company.account_peppol_edi_user:
            return False
        return self.env._(
            "%(company)s is not registered to send electronic invoices. An "
            "administrator does that in Odoo's settings: Invoicing, Electronic "
            "Invoicing.",
            company=self.name,
        )
