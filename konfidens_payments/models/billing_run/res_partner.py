from odoo import models
from odoo.fields import Domain


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_prepare_billing_run(self):
        """Open the rehearsal for all externally billed bookings of these clients.

        Those that the user may bill.

        :raises UserError: there are none
        """
        return self.env["konfidens.payment.booking"]._prepare_billing_run(
            Domain("client_id", "in", self.ids)
        )
