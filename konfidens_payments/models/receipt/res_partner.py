from odoo import fields, models

from ..booking.calendar_event import GROUPS


class ResPartner(models.Model):
    """What an insurer wants to know of a practitioner: the user's contact has it."""

    _inherit = "res.partner"

    payments_authorisation_number = fields.Char(
        "Authorisation Number",
        groups=GROUPS,
        help="As a health professional. It stands on the itemised invoices of this "
        "practitioner's appointments.",
    )
