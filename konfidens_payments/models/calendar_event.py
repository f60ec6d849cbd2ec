import uuid

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Command
from odoo.tools import format_date, format_time

SETTLED_STATUSES = ("external", "paid", "credited", "free", "cancelled")


class CalendarEvent(models.Model):
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
        [("external", "Externally billed"), ("manual", "Manual")],
        compute="_compute_invoicing_method",
        store=True,
        readonly=False,
        copy=False,
        help="Externally billed: in another system, so nothing happens here.\n"
        "Manual: you create the invoice and send its payment message.",
    )
    externally_billed = fields.Boolean(
        compute="_compute_externally_billed",
        inverse="_inverse_externally_billed",
        search="_search_externally_billed",
    )
    # where it stands
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
    payment_status = fields.Selection(
        [
            ("external", "Externally billed"),
            ("to_invoice", "To invoice"),
            ("draft", "Draft"),
            ("scheduled", "Message scheduled"),
            ("sent", "Message sent"),
            ("attention", "Needs attention"),
            ("unpaid", "Unpaid"),
            ("paid", "Paid"),
            ("credited", "Credited"),
            ("free", "Free"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_payment_status",
        store=True,
    )
    is_settled = fields.Boolean(
        "Settled",
        compute="_compute_is_settled",
        store=True,
        help="Nothing more is expected to happen with the payment.",
    )

    # === COMPUTE METHODS === #

    @api.depends("partner_ids", "attendee_ids.partner_id")
    def _compute_client_id(self):
        for event in self:
            if not event.client_id:
                # In the order in which they were invited; the form's unsaved
                # events have no attendees yet.
                guests = event.attendee_ids.partner_id or event.partner_ids
                event.client_id = guests.filtered(
                    lambda partner: not partner._is_internal_user()
                )[:1]

    @api.depends("client_id")
    def _compute_payer_id(self):
        for event in self:
            event.payer_id = event.client_id

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

    @api.depends("payer_id", "company_id")
    def _compute_currency_id(self):
        for event in self:
            if event.invoice_id:
                continue  # the invoice has fixed it
            company = event.company_id or self.env.company
            event.currency_id = (
                event._get_pricelist().currency_id or company.currency_id
            )

    @api.depends("service_id", "payer_id")
    def _compute_price(self):
        for event in self:
            if not event.service_id or event.invoice_id:
                continue  # typed by hand, or fixed by the invoice
            event.price = event._get_pricelist()._get_product_price(
                event.service_id.with_company(event.company_id),
                quantity=1.0,
                currency=event.currency_id,
                date=event.start or fields.Datetime.now(),
            )

    @api.depends("client_id", "service_id")
    def _compute_invoicing_method(self):
        for event in self:
            if event.invoicing_method:
                continue
            if not (event.company_id or self.env.company).payments_active:
                event.invoicing_method = "external"
            elif event.client_id and event.service_id:
                event.invoicing_method = "manual"

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

    @api.depends(
        "active",
        "invoicing_method",
        "price",
        "service_id",
        "invoice_id.state",
        "invoice_id.payment_state",
        "invoice_id.externally_billed",
        "invoice_id.payment_message_state",
    )
    def _compute_payment_status(self):
        for event in self:
            if event.invoice_id:
                event.payment_status = event.invoice_id._get_booking_status()
            elif event.invoicing_method == "external":
                event.payment_status = "external"
            elif not event.invoicing_method:
                event.payment_status = False  # no service: never billed by itself
            elif not event.active:
                event.payment_status = "cancelled"
            elif not event.price:
                event.payment_status = "free"
            else:
                event.payment_status = "to_invoice"

    @api.depends("payment_status")
    def _compute_is_settled(self):
        for event in self:
            event.is_settled = (
                not event.payment_status or event.payment_status in SETTLED_STATUSES
            )

    # === ACTION METHODS === #

    def action_create_invoice(self):
        """Make the draft invoice of each booking, and open what was made.

        The bookings become active, with the method *manual*.

        :return: a window action on the new `account.move` records
        :raises AccessError: the user may not bill these bookings
        :raises UserError: a booking cannot be invoiced; nothing is changed
        """
        self._check_billing_access()
        # sudo: access was checked; a practitioner has no rights in accounting,
        # an accountant may not write on a practitioner's private events
        bookings = self.sudo()
        bookings._lock_for_billing()
        bookings._check_can_be_invoiced()
        bookings._set_default_service()
        moves = bookings._create_draft_invoices()
        return moves.with_env(self.env)._get_records_action(
            name=self.env._("Invoice") if len(moves) == 1 else self.env._("Invoices"),
            context={},
        )

    def action_view_invoice(self):
        """Open the invoice that is in force.

        :raises UserError: there is none yet
        """
        self.ensure_one()
        if not self.invoice_id:
            raise UserError(
                self.env._(
                    "This appointment has no invoice yet. Press Create Invoice first."
                )
            )
        return self.invoice_id._get_records_action(context={})

    # === BUSINESS METHODS === #

    def _check_billing_access(self):
        """Let through accountants, managers, and practitioners with own bookings.

        :raises AccessError: for everybody else
        """
        user = self.env.user
        # sudo: whose booking it is counts also where the event is private
        bookings = self.sudo()
        if self.env.su:
            return
        if bookings.company_id <= self.env.companies and (
            user.has_group("account.group_account_invoice")
            or user.has_group("konfidens_payments.group_payments_manager")
            or (
                user.has_group("konfidens_payments.group_payments_user")
                and all(booking.user_id == user for booking in bookings)
            )
        ):
            return
        raise AccessError(
            self.env._(
                "You can bill the appointments of your own calendar. For other "
                "appointments ask their practitioner, a manager or an accountant."
            )
        )

    def _lock_for_billing(self):
        """Keep others from billing the same bookings until the transaction ends.

        :raises UserError: somebody else is at it right now
        """
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is working on this appointment right now. Wait a "
                    "moment, reload the page and look again."
                )
            ) from error

    def _check_can_be_invoiced(self):
        """:raises UserError: with the reason for each booking that cannot be."""
        problems = []
        for booking in self:
            if problem := booking._get_invoicing_problem():
                problems.append(
                    problem
                    if len(self) == 1
                    else f"{booking._get_public_label()}: {problem}"
                )
        for company in self.company_id:
            if problem := company._get_invoicing_problem():
                problems.append(problem)
        if problems:
            raise UserError("\n".join(problems))

    def _get_invoicing_problem(self):
        """Return why this booking cannot be invoiced and what to do, or False."""
        self.ensure_one()
        service = self.service_id or self.company_id.payments_service_id
        if not self.active:
            return self.env._("It is cancelled. Restore the appointment first.")
        if self.invoice_id and self.payment_status != "credited":
            return self.env._(
                "It has an invoice already: %(invoice)s. Open it with View Invoice.",
                invoice=self.invoice_id.display_name,
            )
        if not self.client_id or not self.payer_id:
            return self.env._("It has no client. Choose the client on the appointment.")
        if not service:
            return self.env._(
                "It has no service. Choose a service on the appointment, or a default "
                "service in the settings of Payments."
            )
        price = self.price or (not self.service_id and self._get_price(service))
        if self.currency_id.compare_amounts(price, 0) <= 0:
            return self.env._("It has no price. Set a price above zero first.")
        return False

    def _set_default_service(self):
        for company, bookings in (
            self.filtered(lambda booking: not booking.service_id)
            .grouped("company_id")
            .items()
        ):
            for price, same_price in bookings.grouped("price").items():
                values = {"service_id": company.payments_service_id.id}
                if price:  # typed by hand: it stays
                    values["price"] = price
                same_price.write(values)

    def _create_draft_invoices(self):
        """Create one draft invoice for each booking, in one call for each company.

        :return: the new `account.move` records, in the order of the bookings
        """
        self.filtered("externally_billed").invoicing_method = "manual"
        moves = self.env["account.move"]
        for company, bookings in self.grouped("company_id").items():
            moves += moves.with_company(company).create(
                [booking._prepare_invoice_values() for booking in bookings]
            )
        return moves

    def _prepare_invoice_values(self):
        """Return the values of the draft invoice of this booking."""
        self.ensure_one()
        return {
            "move_type": "out_invoice",
            "company_id": self.company_id.id,
            "partner_id": self.payer_id.id,
            "currency_id": self.currency_id.id,
            "invoice_user_id": self.user_id.id,
            "booking_ids": [Command.link(self.id)],
            # its portal page, opened without login by who has the link
            "access_token": str(uuid.uuid4()),
            "invoice_line_ids": [Command.create(self._prepare_invoice_line_values())],
        }

    def _prepare_invoice_line_values(self):
        self.ensure_one()
        booking = self.with_context(lang=self.payer_id.lang or self.env.lang)
        return {
            "product_id": self.service_id.id,
            "name": booking._get_public_label(),
            "quantity": 1.0,
            "price_unit": self.price,
        }

    # === HELPERS === #

    def _get_pricelist(self):
        return self.payer_id.with_company(self.company_id).property_product_pricelist

    def _get_price(self, service):
        return self._get_pricelist()._get_product_price(
            service.with_company(self.company_id),
            quantity=1.0,
            currency=self.currency_id,
            date=self.start,
        )

    def _get_payment_tz(self):
        """Return the name of the time zone in which the appointment takes place."""
        return (
            self.user_id.tz
            or self.company_id.partner_id.tz
            or self.payer_id.tz
            or self.env.user.tz
            or "UTC"
        )

    def _get_public_date(self):
        """Return when the appointment is, for a client to read.

        In the language of the context and the time zone of the practitioner.
        """
        self.ensure_one()
        if self.allday:
            return format_date(self.env, self.start_date, date_format="long")
        start = fields.Datetime.context_timestamp(
            self.with_context(tz=self._get_payment_tz()), self.start
        )
        return self.env._(
            "%(date)s at %(time)s",
            date=format_date(self.env, start, date_format="long"),
            time=format_time(self.env, start.time(), time_format="short"),
        )

    def _get_public_label(self):
        """Return the only words about the booking that may leave the house."""
        return self.env._("Appointment %(date)s", date=self._get_public_date())
