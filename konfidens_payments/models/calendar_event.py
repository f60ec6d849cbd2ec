from odoo import api, fields, models

from .practice.res_company import INVOICING_METHODS


class CalendarEvent(models.Model):
    """The billing side of an appointment: what, to whom, and how."""

    _inherit = "calendar.event"

    # what is billed, and to whom
    client_id = fields.Many2one(
        "res.partner",
        compute="_compute_client_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        help="The first guest who does not work here, unless you choose another.",
    )
    payer_id = fields.Many2one(
        "res.partner",
        compute="_compute_payer_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        help="Receives the invoice and the payment message.",
    )
    service_id = fields.Many2one(
        "product.product",
        compute="_compute_service_id",
        store=True,
        readonly=False,
        domain="[('type', '=', 'service'), ('sale_ok', '=', True)]",
        index="btree_not_null",
    )
    price = fields.Monetary(
        compute="_compute_price",
        store=True,
        readonly=False,
        help="From the service and the payer's pricelist, before any tax that is "
        "added to it.",
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
    )
    # how it is billed
    invoicing_method = fields.Selection(
        INVOICING_METHODS,
        compute="_compute_invoicing_method",
        store=True,
        readonly=False,
        help="Externally billed: in another system, so nothing happens here.\n"
        "Manual: you send the payment message.\n"
        "Automatic: the payment message goes out by itself.",
    )
    externally_billed = fields.Boolean(
        compute="_compute_externally_billed",
        inverse="_inverse_externally_billed",
        search="_search_externally_billed",
    )
    external_reference = fields.Char(
        copy=False, help="The number of the invoice in the other system."
    )
    externally_billed_by_id = fields.Many2one(
        "res.users", "Billed Externally By", copy=False, readonly=True
    )
    externally_billed_on = fields.Datetime(
        "Billed Externally On", copy=False, readonly=True
    )
    # its invoices
    invoice_ids = fields.Many2many(
        "account.move",
        "konfidens_payments_booking_invoice_rel",
        "event_id",
        "move_id",
        "All Invoices",
        copy=False,
        readonly=True,
        export_string_translation=False,
    )
    invoice_id = fields.Many2one(
        "account.move",
        compute="_compute_invoice_id",
        store=True,
        index="btree_not_null",
        help="The invoice that is in force.",
    )
    draft_since = fields.Datetime(
        related="invoice_id.create_date", string="Draft Since"
    )
    # === COMPUTE METHODS === #

    @api.depends("partner_ids", "attendee_ids.partner_id")
    def _compute_client_id(self):
        for event in self:
            # In the order in which they were invited; the form's unsaved events have
            # no attendees yet.
            guests = (
                event.partner_ids if not event.id else event.attendee_ids.partner_id
            )
            before = event._origin.partner_ids
            replaced = (
                not event.invoice_id
                and event.client_id in before
                and event.client_id not in event.partner_ids
            )
            if not event.client_id or replaced:
                event.client_id = guests.filtered(
                    lambda partner: not partner._is_internal_user()
                )[:1]

    # Below, what depends on the invoice names "invoice_ids": from these the ORM finds
    # the bookings of a changed invoice without a query for each.

    @api.depends("client_id", "invoice_id", "invoice_ids.partner_id")
    def _compute_payer_id(self):
        for event in self:
            if event.invoice_id:
                event.payer_id = event.invoice_id.partner_id
            elif not event.payer_id or event.client_id != event._origin.client_id:
                event.payer_id = event._get_default_payer()

    @api.depends("invoice_id", "invoice_ids.invoice_line_ids.product_id")
    def _compute_service_id(self):
        for event in self:
            # What the draft says, once there is one.
            event.service_id = (
                event.invoice_id._get_booking_service() or event.service_id
            )

    @api.depends("user_id")
    def _compute_company_id(self):
        for event in self:
            if not event.company_id:
                practitioner = event.user_id
                event.company_id = (
                    self.env.company
                    if self.env.company in practitioner.company_ids
                    else practitioner.company_id or self.env.company
                )

    @api.depends("payer_id", "company_id", "invoice_id", "invoice_ids.currency_id")
    def _compute_currency_id(self):
        for event in self:
            company = event.company_id or self.env.company
            event.currency_id = (
                event.invoice_id.currency_id
                or event._get_pricelist().currency_id
                or company.currency_id
            )

    @api.depends(
        "service_id",
        "payer_id",
        "invoice_id",
        "invoice_ids.invoice_line_ids.price_unit",
        "invoice_ids.invoice_line_ids.quantity",
        "invoice_ids.invoice_line_ids.discount",
    )
    def _compute_price(self):
        for event in self:
            if event._is_repriced_in_form():
                event.price = event._get_list_price()
            elif event.invoice_id:
                event.price = event.invoice_id._get_booking_price()
            elif event.service_id and not event.invoice_ids:
                event.price = event._get_list_price()
            # otherwise typed by hand, or what the last draft said: it stays

    def _is_repriced_in_form(self):
        """Return whether another service or payer was just chosen in the form."""
        origin = self._origin
        return bool(
            origin
            and origin != self
            and self.service_id
            and not self.is_billing_locked
            and (
                self.service_id._origin != origin.service_id
                or self.payer_id._origin != origin.payer_id
            )
        )

    @api.depends("client_id", "payer_id", "service_id")
    def _compute_invoicing_method(self):
        for event in self:
            # Kept once it is decided; in the form of a new appointment it follows
            # client and payer until that is saved.
            if not event.invoicing_method or not (event.id or event._origin):
                event.invoicing_method = event._get_default_method()

    @api.depends("invoicing_method")
    def _compute_externally_billed(self):
        for event in self:
            event.externally_billed = event.invoicing_method == "external"

    def _inverse_externally_billed(self):
        for event in self:
            event.invoicing_method = "external" if event.externally_billed else "manual"

    def _search_externally_billed(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("invoicing_method", "=" if True in value else "!=", "external")]

    @api.depends("invoice_ids.state", "invoice_ids.move_type")
    def _compute_invoice_id(self):
        for event in self:
            event.invoice_id = event.invoice_ids.filtered(
                lambda move: move.move_type == "out_invoice" and move.state != "cancel"
            ).sorted("id")[-1:]
