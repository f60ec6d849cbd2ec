from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import clean_context

from ...tools import is_quiet
from ..practice.res_company import INVOICING_METHODS

# What is written on its appointment: a calendar sends all three.
TIMES = ("start", "stop", "allday")
# What a user writes; all else follows from it, or is written by the buttons.
CHOICES = {
    "client_id",
    "company_id",
    "external_reference",
    "externally_billed",
    "invoicing_method",
    "payer_id",
    "price",
    "service_id",
    *TIMES,
}


class KonfidensPaymentBooking(models.Model):
    """One client's part in an appointment, with all that concerns money.

    Everybody may write on appointments; who may do what with a booking is decided by
    the access rights and rules of this model. It knows what lists and accountants need
    of its appointment, so that nobody has to read a private one to bill it.
    """

    _name = "konfidens.payment.booking"
    _description = "Booking"
    _order = "start desc, id desc"
    _rec_names_search = ["client_id.name"]

    # what of the appointment concerns money
    event_id = fields.Many2one(
        "calendar.event",
        "Appointment",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    active = fields.Boolean(
        default=True,
        readonly=True,
        help="No more, once the appointment is cancelled or the client takes no part.",
    )
    start = fields.Datetime(
        "Appointment Start", related="event_id.start", store=True, readonly=False
    )
    stop = fields.Datetime(
        "Appointment End", related="event_id.stop", store=True, readonly=False
    )
    allday = fields.Boolean(related="event_id.allday", store=True)
    user_id = fields.Many2one("res.users", "Practitioner", readonly=True)
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    # what is billed, and to whom
    client_id = fields.Many2one("res.partner", index="btree_not_null")
    payer_id = fields.Many2one(
        "res.partner",
        compute="_compute_payer_id",
        store=True,
        readonly=False,
        precompute=True,
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
        precompute=True,
        help="From the service and the payer's pricelist, before any tax that is "
        "added to it.",
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, precompute=True
    )
    # in which its price was agreed on a draft, whatever the payer's is
    agreed_currency_id = fields.Many2one(
        "res.currency", readonly=True, copy=False, export_string_translation=False
    )
    # how it is billed
    invoicing_method = fields.Selection(
        INVOICING_METHODS,
        compute="_compute_invoicing_method",
        store=True,
        readonly=False,
        precompute=True,
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
        help="The number of the invoice in the other system."
    )
    externally_billed_by_id = fields.Many2one(
        "res.users", "Billed Externally By", readonly=True
    )
    externally_billed_on = fields.Datetime("Billed Externally On", readonly=True)

    # and by its order those of an appointment are found
    _one_per_client = models.UniqueIndex(
        "(event_id, client_id, share_number)",
        "This client has a booking of this appointment already.",
    )
    # the lists of a practitioner and of a practice, the latest first
    _user_index = models.Index("(user_id, start DESC, id DESC)")
    _company_index = models.Index("(company_id, start DESC, id DESC)")

    # === COMPUTE METHODS === #

    @api.depends("event_id")
    def _compute_company_id(self):
        for booking in self:
            if not booking.company_id:
                booking.company_id = booking._get_default_company(booking.user_id)

    @api.model
    def _get_default_company(self, practitioner):
        """Return the company for which this user (`res.users`) works just now."""
        if self.env.company in practitioner.company_ids:
            return self.env.company
        return practitioner.company_id or self.env.company

    @api.depends("client_id")
    def _compute_payer_id(self):
        for booking in self:
            chosen = booking.client_id != booking._origin.client_id
            if not booking.payer_id or (booking._origin and chosen):
                booking.payer_id = booking._get_default_payer()

    @api.depends(
        "payer_id",
        "company_id",
        "share",
        "invoice_id",
        "invoice_id.currency_id",
        "invoice_id.draft_leads",
        "agreed_currency_id",
    )
    def _compute_currency_id(self):
        for booking in self:
            company = booking.company_id or self.env.company
            origin = booking._origin
            fixed = origin.is_told or origin.draft_leads
            # all payers pay a part of the same price
            shared = booking._is_shared() and (origin or booking._with_shares()[:1])
            booking.currency_id = (
                (shared and shared.currency_id)
                or (fixed and origin.invoice_id.currency_id)
                or booking.agreed_currency_id
                or booking._get_pricelist().currency_id
                or company.currency_id
            )

    @api.depends("service_id")
    def _compute_price(self):
        for booking in self:
            fixed = booking.has_fee or booking._is_shared()
            if booking.service_id and not fixed:
                booking.price = booking._get_list_price()
            # otherwise it stays, typed by hand

    @api.depends("client_id", "payer_id", "service_id")
    def _compute_invoicing_method(self):
        for booking in self:
            # Kept once it is decided; in the form of a new one it follows the payer.
            if not booking.invoicing_method or not (booking.id or booking._origin):
                booking.invoicing_method = booking._get_default_method()

    @api.depends("invoicing_method")
    def _compute_externally_billed(self):
        for booking in self:
            booking.externally_billed = booking.invoicing_method == "external"

    def _inverse_externally_billed(self):
        for booking in self:
            booking.invoicing_method = (
                "external" if booking.externally_billed else "manual"
            )

    def _search_externally_billed(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("invoicing_method", "=" if True in value else "!=", "external")]

    # === CONSTRAINTS === #

    @api.constrains("company_id", "user_id")
    def _check_company(self):
        for booking in self.filtered("user_id"):
            if booking.company_id not in booking.user_id.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(practitioner)s does not work in %(company)s. Choose another "
                        "company, or another practitioner.",
                        practitioner=booking.user_id.name,
                        company=booking.company_id.name,
                    )
                )

    @api.constrains("price")
    def _check_price(self):
        if any(booking.price < 0 for booking in self):
            raise ValidationError(self.env._("A price is zero or more."))

    @api.constrains("user_id")
    def _check_practitioner_of_invoice(self):
        # sudo: whoever hands it over may not read all that is billed with it
        self.sudo().invoice_id.line_ids._check_bookings()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: a new booking is billed by its method.

        :raises AccessError: somebody wants another's booking, to write what only
            follows, or chooses what he may not see
        """
        if self.env.su:
            bookings = super().create(self._with_practitioner(vals_list))
        else:
            for vals in vals_list:
                self._check_are_choices(vals, "event_id")
                self._check_may_choose(vals)
            self = self.with_context(clean_context(self.env.context))
            bookings = super().create(self._with_practitioner(vals_list))
            bookings._check_can_bill()  # as they are now, whatever way they came to be
        if not is_quiet(self):
            bookings._bill_by_method()
        return bookings

    def _with_practitioner(self, vals_list):
        # sudo: whose appointment it is, to see whether the user may bill it
        events = self.env["calendar.event"].sudo().with_context(prefetch_fields=False)
        events = events.browse({vals.get("event_id") for vals in vals_list} - {None})
        practitioner_of = {event.id: event.user_id.id for event in events}
        return [
            {"user_id": practitioner_of.get(vals.get("event_id"), False), **vals}
            for vals in vals_list
        ]

    def write(self, vals):
        """Override of `base` to bring draft and message in step with the booking.

        :raises AccessError: what only follows cannot be written, nor what the user
            may not see
        :raises UserError: what the payer was told would change
        """
        if is_quiet(self):
            return super().write(vals)
        if not self.env.su:
            self._check_are_choices(vals)
            self._check_may_choose(vals)
        self._check_can_bill()
        times = {name: vals[name] for name in TIMES if name in vals}
        if times:
            # with the user's own rights on the appointment, which takes them along
            self.event_id.write(times)
            vals = {name: value for name, value in vals.items() if name not in times}
        if not vals:
            return True
        # sudo: access was checked; its draft follows it by the company's rules
        bookings = self.sudo()
        before = bookings._get_before_change(vals)
        result = super().write(vals)
        self._check_can_bill()  # as they are now
        bookings._follow_change(set(vals), before)
        return result

    def _check_are_choices(self, vals, *allowed):
        """:raises AccessError: unless these values are a user's to write."""
        if set(vals) - self._get_choices() - set(allowed):
            raise self._only_follows()

    @api.model
    def _get_choices(self):
        """Return the names of what users write on bookings themselves: a set."""
        return CHOICES

    @api.model
    def _only_follows(self):
        """Return the AccessError for who writes what only follows."""
        return AccessError(
            self.env._(
                "These values of a booking follow from others, or are written by its "
                "buttons."
            )
        )

    # === WHO MAY === #

    def _check_can_bill(self):
        """Check that the user may bill these bookings, in words that name nobody.

        :raises AccessError: by Odoo's rights and rules the user may not
        """
        if self and not self.has_access("write"):
            raise self._not_yours()

    def _not_yours(self):
        """Return the AccessError for who may not bill these bookings."""
        return AccessError(
            self.env._(
                "You can bill the appointments of your own calendar. For other "
                "appointments ask their practitioner, an administrator of Payments or "
                "an accountant."
            )
        )

    # === DEFAULTS === #

    def _get_default_payer(self):
        client = self.client_id
        return client.invoice_recipient_id or client

    def _get_pricelist(self):
        return self.payer_id.with_company(self.company_id).property_product_pricelist

    def _get_list_price(self, service=None):
        """Return the price by the payer's pricelist, in the booking's currency.

        :param service: instead of the booking's own
        """
        self.ensure_one()
        return self._get_pricelist()._get_product_price(
            (service or self.service_id).with_company(self.company_id),
            quantity=1.0,
            currency=self.currency_id,
            date=self.start or fields.Datetime.now(),
        )

    def _get_default_method(self):
        """Return how a new booking is billed; False for what is not billed by itself.

        An appointment from before payments were activated is billed elsewhere, also
        where its booking is made today.
        """
        self.ensure_one()
        company = self.company_id or self.env.company
        made = self.event_id.create_date
        if not company.payments_active or (
            made and made < company.payments_activated_on
        ):
            return "external"
        if not self.client_id or not self.service_id:
            return False
        payer = self.payer_id.with_company(company)
        return payer.invoicing_method or company.payments_invoicing_method
