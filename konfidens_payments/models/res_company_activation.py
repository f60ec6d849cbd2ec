from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_message_due_domain(self):
        """Return the domain of the bookings whose message is due by now.

        By this company's timing, as `_get_payment_message_date` has it.
        """
        self.ensure_one()
        if self.payments_timing_moment == "booking":
            return Domain.TRUE
        direction, moment = self.payments_timing_moment.split("_")
        delay = timedelta(**{self.payments_timing_unit: self.payments_timing_number})
        now = fields.Datetime.now()
        return Domain(
            "start" if moment == "start" else "stop",
            "<=",
            now + delay if direction == "before" else now - delay,
        )
