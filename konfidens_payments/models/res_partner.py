from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    active_booking_ids = fields.Many2many(
        "calendar.event", string="Active Bookings", compute="_compute_booking_ids"
    )
    settled_booking_ids = fields.Many2many(
        "calendar.event", string="Settled Bookings", compute="_compute_booking_ids"
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_booking_ids(self):
        # Not One2many with domains: these would make the ORM compute is_settled in
        # the middle of computing client_id.
        bookings = self.env["calendar.event"].search_fetch(
            [("client_id", "in", self.ids)], ["client_id", "is_settled"]
        )
        by_client = bookings.grouped(
            lambda booking: (booking.client_id, booking.is_settled)
        )
        for client in self:
            origin = client._origin
            client.active_booking_ids = by_client.get((origin, False))
            client.settled_booking_ids = by_client.get((origin, True))

    def _is_internal_user(self):
        """Return whether this person works here, and so is nobody's client."""
        self.ensure_one()
        # sudo: anyone who plans an appointment needs to know, and no more than this
        users = self.sudo().with_context(active_test=False).user_ids
        return any(not user.share for user in users)
