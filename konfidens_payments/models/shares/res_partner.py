from odoo import api, fields, models

from ..booking.calendar_event import BOOKING, GROUPS


class ResPartner(models.Model):
    """Whether others pay a part of a client's appointments, so that it says who."""

    _inherit = "res.partner"

    has_shared_bookings = fields.Boolean(
        compute="_compute_has_shared_bookings",
        groups=GROUPS,
        export_string_translation=False,
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_has_shared_bookings(self):
        shared = self.env[BOOKING].with_context(active_test=False)
        shared = shared._read_group(
            [("client_id", "in", self.ids), ("share", ">", 0), ("share", "<", 100)],
            ["client_id"],
        )
        clients = {client.id for (client,) in shared}
        for client in self:
            client.has_shared_bookings = client._origin.id in clients
