from odoo import api, fields, models

from .res_company import INVOICING_METHODS


class ResPartner(models.Model):
    _inherit = "res.partner"

    invoice_recipient_id = fields.Many2one(
        "res.partner",
        help="Pays for this client's appointments (a parent, an employer). The client, "
        "if empty.",
    )
    invoicing_method = fields.Selection(
        INVOICING_METHODS,
        company_dependent=True,
        help="How appointments that this contact pays are billed. The company's "
        "default, if empty.",
    )
    active_booking_ids = fields.Many2many(
        "calendar.event", string="Active Bookings", compute="_compute_booking_ids"
    )
    settled_booking_ids = fields.Many2many(
        "calendar.event", string="Settled Bookings", compute="_compute_booking_ids"
    )
    booking_count = fields.Integer("Bookings", compute="_compute_booking_ids")
    booking_amount_due = fields.Monetary(
        "To Pay", compute="_compute_booking_amount_due", currency_field="currency_id"
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
            active = by_client.get((client._origin, False), bookings.browse())
            settled = by_client.get((client._origin, True), bookings.browse())
            client.active_booking_ids = active
            client.settled_booking_ids = settled
            client.booking_count = len(active) + len(settled)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_booking_amount_due(self):
        """Sum what is unpaid on completed invoices, in the company's currency."""
        company_currency = self.env.company.currency_id
        for client in self:
            # sudo: only of the bookings that the user sees
            moves = client.active_booking_ids.sudo().invoice_id.filtered(
                lambda move: move.state == "posted"
            )
            client.booking_amount_due = sum(
                move.currency_id._convert(
                    move.amount_residual, company_currency, move.company_id
                )
                for move in moves
            )

    def action_view_client_bookings(self):
        """Open all bookings of this client."""
        self.ensure_one()
        return {
            **self.env["ir.actions.actions"]._for_xml_id(
                "konfidens_payments.action_bookings"
            ),
            "domain": [("client_id", "=", self.id)],
            "context": {},
        }

    def _is_internal_user(self):
        """Return whether this person works here, and so is nobody's client."""
        self.ensure_one()
        # sudo: anyone who plans an appointment needs to know, and no more than this
        users = self.sudo().with_context(active_test=False).user_ids
        return any(not user.share for user in users)
