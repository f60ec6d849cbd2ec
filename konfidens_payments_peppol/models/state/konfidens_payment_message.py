from odoo import models

from ..channel.konfidens_payment_message import CHANNEL


class KonfidensPaymentMessage(models.Model):
    _inherit = "konfidens.payment.message"

    def _get_arrival(self, arrived):
        """Override: at which address the access point has the document."""
        if CHANNEL in arrived.mapped("notification_type"):
            return CHANNEL, self.partner_id._get_peppol_address()
        return super()._get_arrival(arrived)
