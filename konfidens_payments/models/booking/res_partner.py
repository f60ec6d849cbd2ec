from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..practice.res_company import INVOICING_METHODS
from .calendar_event import BOOKING, GROUPS

# In each of the two lists of the client's form.
SHOWN_BOOKINGS = 40
# Of a cancelled or deleted appointment something may still be owed.
PRESENT_OR_OPEN = Domain("active", "=", True) | Domain("is_settled", "=", False)


class ResPartner(models.Model):
    """Who pays for a client, how, and the bookings of a client."""

    _inherit = "res.partner"

    invoice_recipient_id = fields.Many2one(
        "res.partner",
        groups=GROUPS,
        help="Pays for this client's appointments (a parent, an employer). The client, "
        "if empty.",
    )
    invoicing_method = fields.Selection(
        INVOICING_METHODS,
        company_dependent=True,
        groups=GROUPS,
        help="How appointments that this contact pays are billed. The company's "
        "default, if empty.",
    )
    active_booking_ids = fields.Many2many(
        BOOKING,
        string="Active Bookings",
        compute="_compute_booking_ids",
        context={"active_test": False},
        groups=GROUPS,
    )
    settled_booking_ids = fields.Many2many(
        BOOKING,
        string="Settled Bookings",
        compute="_compute_booking_ids",
        groups=GROUPS,
    )
    booking_count = fields.Integer(
        "Bookings",
        compute="_compute_booking_count",
        search="_search_booking_count",
        groups=GROUPS,
    )
    booking_amount_due = fields.Monetary(
        "To Pay",
        compute="_compute_booking_amount_due",
        search="_search_booking_amount_due",
        currency_field="currency_id",
        groups=GROUPS,
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_booking_ids(self):
        # Only the latest: a client of many years opens as fast as a new one; Bookings
        # shows them all. One client at a time is what a form asks for.
        for client in self:
            for name, settled in (("active", False), ("settled", True)):
                client[f"{name}_booking_ids"] = self.env[BOOKING].search(
                    PRESENT_OR_OPEN
                    & Domain("client_id", "=", client._origin.id)
                    & Domain("is_settled", "=", settled),
                    order="start desc, id desc",
                    limit=SHOWN_BOOKINGS,
                )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_booking_count(self):
        counts = dict(
            self.env[BOOKING]._read_group(
                PRESENT_OR_OPEN & Domain("client_id", "in", self.ids),
                ["client_id"],
                ["__count"],
            )
        )
        for client in self:
            client.booking_count = counts.get(client._origin, 0)

    def _search_booking_count(self, operator, value):
        return self._search_clients(PRESENT_OR_OPEN, operator, value)

    def _search_booking_amount_due(self, operator, value):
        owed = Domain("active", "in", (True, False)) & Domain("amount_due", ">", 0)
        billed = Domain("payment_status", "in", ("unpaid", "partial", "attention"))
        return self._search_clients(
            owed & billed & Domain("amount_billed", ">", 0), operator, value
        )

    @api.model
    def _search_clients(self, domain, operator, value):
        """Return the domain of the clients of such bookings, of those the user sees."""
        if operator != ">" or value:
            return NotImplemented
        bookings = self.env[BOOKING]._search(domain & Domain("client_id", "!=", False))
        return Domain("id", "in", bookings.subselect("client_id"))

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_booking_amount_due(self):
        """Sum what is unpaid on completed invoices, in the company's currency."""
        billed = self.env[BOOKING]._read_group(
            Domain("active", "in", (True, False))
            & Domain("client_id", "in", self.ids)
            & Domain("is_settled", "=", False)
            & Domain("company_id", "=", self.env.company.id)
            & Domain("invoice_id", "!=", False),
            ["client_id", "invoice_id"],
            ["amount_due:sum"],
        )
        due = dict.fromkeys(self.ids, 0.0)
        for client, move, amount in billed:
            move = move.sudo()  # sudo: of bookings that the user sees
            if move.state == "posted" and amount:
                # one invoice may be for several clients, each of whom has a part
                part = amount / move.amount_residual
                due[client.id] += move.amount_residual_signed * part
        for client in self:
            client.booking_amount_due = due.get(client._origin.id, 0.0)

    def unlink(self):
        """Override of `base`: what a deleted client or payer leaves is settled.

        A client's bookings are called off, and stay for who looks for them; those that
        somebody else was to pay are the client's own to pay.
        """
        self.check_access("unlink")
        # sudo: by the system's rule, whoever deletes the contact
        bookings = self.env[BOOKING].sudo().with_context(active_test=False)
        theirs = bookings.search([("client_id", "in", self.ids)])
        waiting = theirs.filtered(
            lambda booking: not booking.is_settled and not booking.is_told
        )
        waiting.invoice_id._lock_for_payment()
        waiting._cancel()
        bookings.search(
            [
                ("payer_id", "in", self.ids),
                ("client_id", "not in", self.ids),
                ("invoice_id", "=", False),
            ]
        )._let_clients_pay()
        result = super().unlink()
        # the database emptied it, without a word to the ORM
        theirs.modified(["client_id"])
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_invoiced(self):
        # sudo: whether there are invoices, and no more
        invoices = self.env["account.move"].sudo()
        if invoices.search([("partner_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "There are invoices for this contact, maybe cancelled ones, so it "
                    "cannot be deleted. Archive it instead."
                )
            )

    def action_view_client_bookings(self):
        """Open all bookings of this client."""
        self.ensure_one()
        return {
            **self.env["ir.actions.actions"]._for_xml_id(
                "konfidens_payments.action_bookings"
            ),
            "domain": list(PRESENT_OR_OPEN & Domain("client_id", "=", self.id)),
            "context": {},
        }

    def _filter_outside(self):
        """Return those of these people who do not work here: clients may be."""
        # sudo: anyone who plans an appointment needs to know, and no more than this
        users = self.env["res.users"].sudo().with_context(active_test=False)
        users = users.search([("partner_id", "in", self.ids), ("share", "=", False)])
        return self - users.partner_id.with_env(self.env)
