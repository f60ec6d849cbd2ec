from odoo import api, fields, models
from odoo.fields import Domain

from ..practice.res_company import INVOICING_METHODS
from .searching import BOOKING, search_bookings
from .status import STATUSES

GROUPS = (
    "konfidens_payments.group_payments_user,"
    "account.group_account_invoice,"
    "account.group_account_readonly"
)
# Who may bill the appointments of others, too.
EVERYBODYS = (
    "konfidens_payments.group_payments_user_all",
    "account.group_account_invoice",
)
# What can be written on an appointment and stands on its booking.
WRITTEN = (
    "client_id",
    "payer_id",
    "service_id",
    "price",
    "invoicing_method",
    "externally_billed",
    "external_reference",
)
# What was agreed and how far the payment is: what is in the database, of which the ORM
# is told when it changes, and what follows from it.
AGREED = (
    *(name for name in WRITTEN if name != "externally_billed"),
    "attendance",
    "externally_billed_by_id",
    "externally_billed_on",
)
AGREED_SHOWN = (*AGREED, "attendance_note", "can_mark_attended", "externally_billed")
PAYMENT = ("currency_id", "invoice_id", "is_settled", "payment_status")
PAYMENT_SHOWN = (
    "currency_id",
    "draft_leads",
    "invoice_id",
    "is_settled",
    "is_told",
    "payment_next_step",
)


class CalendarEvent(models.Model):
    """The billing of an appointment, as its screens show it: that of its booking.

    Nothing of it is stored here, where every employee may write. What is read and
    written is read and written on the booking, with the user's own rights.
    """

    _inherit = "calendar.event"

    # All of them, for the ORM to know whose proxies change with a booking. Not for
    # users: a search for any of a One2many passes the rules of its model by.
    all_booking_ids = fields.One2many(
        BOOKING,
        "event_id",
        copy=False,
        groups="base.group_system",
        export_string_translation=False,
    )
    booking_ids = fields.One2many(
        BOOKING,
        "event_id",
        "Bookings",
        compute="_compute_booking",
        readonly=False,
        search=search_bookings("id"),
        groups=GROUPS,
        copy=False,
    )
    client_id = fields.Many2one(
        "res.partner",
        compute="_compute_booking",
        readonly=False,
        search=search_bookings("client_id"),
        groups=GROUPS,
        help="The first guest who does not work here, unless you choose another.",
    )
    payer_id = fields.Many2one(
        "res.partner",
        compute="_compute_booking",
        readonly=False,
        search=search_bookings("payer_id"),
        groups=GROUPS,
        help="Receives the invoice and the payment message.",
    )
    service_id = fields.Many2one(
        "product.product",
        compute="_compute_booking",
        readonly=False,
        search=search_bookings("service_id"),
        domain="[('type', '=', 'service'), ('sale_ok', '=', True)]",
        groups=GROUPS,
    )
    price = fields.Monetary(
        compute="_compute_booking",
        readonly=False,
        search=search_bookings("price"),
        groups=GROUPS,
        help="From the service and the payer's pricelist, before any tax that is "
        "added to it.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_payment",
        search=search_bookings("currency_id"),
        groups=GROUPS,
    )
    invoicing_method = fields.Selection(
        INVOICING_METHODS,
        compute="_compute_booking",
        readonly=False,
        search=search_bookings("invoicing_method"),
        groups=GROUPS,
        help="Externally billed: in another system, so nothing happens here.\n"
        "Manual: you send the payment message.\n"
        "Automatic: the payment message goes out by itself.",
    )
    externally_billed = fields.Boolean(
        compute="_compute_booking",
        readonly=False,
        search=search_bookings("externally_billed"),
        groups=GROUPS,
    )
    external_reference = fields.Char(
        compute="_compute_booking",
        readonly=False,
        search=search_bookings("external_reference"),
        groups=GROUPS,
        help="The number of the invoice in the other system.",
    )
    externally_billed_on = fields.Datetime(
        "Billed Externally On", compute="_compute_booking", groups=GROUPS
    )
    externally_billed_by_id = fields.Many2one(
        "res.users",
        "Billed Externally By",
        compute="_compute_booking",
        groups=GROUPS,
    )
    invoice_id = fields.Many2one(
        "account.move",
        compute="_compute_payment",
        search=search_bookings("invoice_id"),
        groups=GROUPS,
        help="The invoice that is in force.",
    )
    payment_status = fields.Selection(
        [(status, label) for status, (label, _colour) in STATUSES.items()],
        "Payment",
        compute="_compute_payment",
        search=search_bookings("payment_status"),
        groups=GROUPS,
    )
    payment_colour = fields.Integer(
        compute="_compute_payment", groups=GROUPS, export_string_translation=False
    )
    is_settled = fields.Boolean(
        "Settled",
        compute="_compute_payment",
        search=search_bookings("is_settled"),
        groups=GROUPS,
        help="Nothing more is expected to happen with the payment.",
    )
    is_told = fields.Boolean(compute="_compute_payment", groups=GROUPS)
    draft_leads = fields.Boolean(compute="_compute_payment", groups=GROUPS)
    wants_message = fields.Boolean(
        compute="_compute_payment", groups=GROUPS, export_string_translation=False
    )
    payment_next_step = fields.Text(
        "Next Step", compute="_compute_payment", groups=GROUPS
    )
    can_write_booking = fields.Boolean(
        compute="_compute_can_write_booking",
        groups=GROUPS,
        export_string_translation=False,
    )
    booking_count = fields.Integer(
        compute="_compute_booking", groups=GROUPS, export_string_translation=False
    )

    # === COMPUTE METHODS === #

    # Two methods for all of them, for a form asks for two dozen: what follows from the
    # payment hangs on each line of each invoice, and what was agreed must not. They do
    # not look at `all_booking_ids`, whose cache all users of a transaction share.

    @api.depends(
        "user_id",
        "all_booking_ids.active",
        *(f"all_booking_ids.{name}" for name in AGREED),
    )
    @api.depends_context("uid", "allowed_company_ids", "lang", "tz")
    def _compute_booking(self):
        bookings = self._origin._search_own_bookings()
        by_event = bookings.grouped(lambda booking: booking.event_id.id)
        for event in self:
            theirs = by_event.get(event._origin.id, bookings.browse())
            event._show_of(theirs, AGREED_SHOWN)
            event.booking_ids = theirs
            event.booking_count = len(theirs)

    @api.depends("booking_ids", *(f"all_booking_ids.{name}" for name in PAYMENT))
    @api.depends_context("uid", "allowed_company_ids", "lang", "tz")
    def _compute_payment(self):
        for event in self:
            theirs = event._get_shown_bookings()
            event._show_of(theirs, PAYMENT_SHOWN)
            statuses = set(theirs.mapped("payment_status"))
            # of several the least finished
            event.payment_status = next((s for s in STATUSES if s in statuses), False)
            _label, event.payment_colour = STATUSES.get(event.payment_status, ("", 0))
            event.wants_message = any(theirs.mapped("wants_message"))

    def _get_shown_bookings(self):
        """Return the bookings that this appointment shows the user."""
        # those of a cancelled appointment are archived
        return self._origin.with_context(active_test=False).booking_ids

    def _show_of(self, bookings, names):
        """Show the values with these names of the one booking there is, or none."""
        booking = bookings if len(bookings) == 1 else bookings.browse()
        for name in names:
            # in a form what was typed or proposed stays
            if self.id or name not in self._cache:
                self[name] = booking[name]

    # Apart from what has values: of a method that computes a field with a default, say
    # the service from the quick window, Odoo computes nothing in a new form.
    @api.depends("user_id", "all_booking_ids.active")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_can_write_booking(self):
        events = self._origin
        bookings = events._search_own_bookings()
        by_event = bookings.grouped(lambda booking: booking.event_id.id)
        writable = set(bookings._filtered_access("write")._ids)
        billed = events._get_billed_ids()
        for event in self:
            theirs = by_event.get(event._origin.id)
            event.can_write_booking = (
                writable.issuperset(theirs._ids)
                if theirs
                else event._origin.id not in billed and event._is_planned_by_me()
            )

    def _is_planned_by_me(self):
        """Return whether the user may bill an appointment of this organiser."""
        organiser = self.user_id._origin.sudo()  # sudo: for which practice he works
        return organiser == self.env.user or (
            any(map(self.env.user.has_group, EVERYBODYS))
            and bool(organiser.company_ids & self.env.companies)
        )

    def _get_billed_ids(self):
        """Return the ids of those of these events that have a booking: a set."""
        # sudo: what others bill is nothing that the user may bill anew
        return set(self._search_bookings_of_events().event_id._ids)

    def _search_own_bookings(self):
        """Return the bookings of these events that the user may read."""
        bookings = self.env[BOOKING].sudo(False).with_context(active_test=False)
        if not bookings.has_access("read"):
            return bookings
        return bookings.search_fetch(
            self._get_present_domain(),
            ["event_id", "share", *AGREED, *PAYMENT],
            order="id",
        )

    def _search_bookings_of_events(self):
        """Return all bookings of these events, with all rights.

        What is over is left out, except where all of an appointment is.
        """
        # sudo: they follow their appointment by the system's rules. What the event is
        # is asked of the database: read here, its title would be in everybody's cache.
        bookings = self.env[BOOKING].sudo().with_context(active_test=False)
        bookings = bookings.search(self._get_present_domain(), order="id")
        return bookings.with_context(
            active_test=self.env.context.get("active_test", True)
        )

    def _get_present_domain(self):
        """Return the domain of these events' bookings, of each those that it shows.

        A cancelled appointment shows its bookings, another one those of its guests.
        """
        return Domain("event_id", "in", self.ids) & (
            Domain("active", "=", True)
            | (Domain("event_id.active", "=", False) & Domain("share", ">", 0))
        )

    # === ACTION METHODS === #

    def _get_bookings(self):
        """Return the bookings of these appointments.

        :raises AccessError: the user does not see all of them
        :raises UserError: there is none
        """
        # sudo: how many there are, beside those that the user sees
        every = self._search_bookings_of_events()
        if not every:
            raise self._nobody_to_bill()
        bookings = self._search_own_bookings()
        if len(bookings) < len(every):
            raise every._not_yours()
        return bookings

    def action_create_invoice(self):
        """As `konfidens.payment.booking.action_create_invoice`, for all bookings."""
        return self._get_bookings().action_create_invoice()

    def action_view_invoice(self):
        """As `konfidens.payment.booking.action_view_invoice`, for all bookings."""
        return self._get_bookings().action_view_invoice()

    def action_bill_externally(self):
        """As `konfidens.payment.booking.action_bill_externally`, for all bookings."""
        self._get_bookings().action_bill_externally()

    def action_send_payment_message(self):
        """As `konfidens.payment.booking.action_send_payment_message`.

        Of a group those whose payers have not been told yet.
        """
        bookings = self._get_bookings()
        untold = bookings.filtered(
            lambda booking: (
                booking.wants_message or not (booking.is_told or booking.is_settled)
            )
        )
        return (untold or bookings).action_send_payment_message()

    def action_prepare_billing_run(self):
        """As `konfidens.payment.booking.action_prepare_billing_run`.

        In an automation rule, appointments without a booking are left out.
        """
        if "__action_done" in self.env.context and not self._search_own_bookings():
            return False
        return self._get_bookings().action_prepare_billing_run()
