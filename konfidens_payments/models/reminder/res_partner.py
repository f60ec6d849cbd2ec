from odoo import fields, models

from ..booking.calendar_event import GROUPS


class ResPartner(models.Model):
    _inherit = "res.partner"

    payments_no_reminders = fields.Boolean(
        "No Reminders",
        groups=GROUPS,
        help="This contact is sent no reminder of an unpaid invoice.",
    )
