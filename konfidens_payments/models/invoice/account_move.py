from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...tools import lock_or_explain, quietly
from ..booking.calendar_event import GROUPS
from ..practice.res_company import INVOICING_METHODS

# What of ours a user writes on an invoice; all else follows, or is written by buttons.
CHOICES = {"externally_billed", "invoicing_method"}


class AccountMove(models.Model):
    """The invoice of an appointment: what it bills, and its completion."""

    _inherit = "account.move"

    booking_ids = fields.Many2many(
        "konfidens.payment.booking",
        string="Bookings",
        compute="_compute_booking_ids",
        compute_sudo=True,
        search="_search_booking_ids",
        # also of appointments that were cancelled: they are billed until credited
        context={"active_test": False},
        groups=GROUPS,
    )
    # the other side of konfidens.payment.booking's field, by which the ORM finds the
    # bookings of many invoices at once
    booking_in_force_ids = fields.One2many(
        "konfidens.payment.booking",
        "invoice_id",
        context={"active_test": False},
        groups="base.group_system",
        export_string_translation=False,
    )
    externally_billed = fields.Boolean(
        copy=False,
        tracking=True,
        groups=GROUPS,
        help="Handled in another system: no payment message and no reminder is sent, "
        "and the appointment counts as settled.",
    )
    invoicing_method = fields.Selection(
        INVOICING_METHODS,
        compute="_compute_invoicing_method",
        inverse="_inverse_invoicing_method",
        compute_sudo=True,
        groups=GROUPS,
        help="The appointment's: each follows the other.",
    )
    payment_appointment = fields.Char(
        "Appointment",
        compute="_compute_payment_appointment",
        compute_sudo=True,
        groups=GROUPS,
        help="When the appointment was, in words that may leave the house.",
    )

    # === COMPUTE METHODS === #

    @api.depends("line_ids.booking_id")
    def _compute_booking_ids(self):
        for move in self:
            move.booking_ids = move.line_ids.booking_id

    def _search_booking_ids(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        if operator == "in" and False in value:
            # bills none: every invoice has also lines that bill nothing
            billing = Domain("line_ids", "any", [("booking_id", "!=", False)])
            some = [booking for booking in value if booking]
            return ~billing | Domain("line_ids", "any", [("booking_id", "in", some)])
        return Domain("line_ids", "any", [("booking_id", operator, value)])

    @api.depends("booking_ids.invoicing_method")
    def _compute_invoicing_method(self):
        for move in self:
            move.invoicing_method = move._get_first_booking().invoicing_method

    def _inverse_invoicing_method(self):
        for move in self:
            move._check_payment_access()
            # sudo: access was checked
            move.sudo().booking_ids.invoicing_method = move.invoicing_method

    @api.depends(
        "booking_ids.start",
        "booking_ids.allday",
        "booking_ids.attendance",
        "booking_ids.has_fee",
        "booking_ids.price",
        "line_ids.price_unit",
    )
    @api.depends_context("lang")
    def _compute_payment_appointment(self):
        for move in self:
            lines = move.line_ids.filtered("booking_id")
            move.payment_appointment = ", ".join(
                line._get_told_date() for line in lines
            )

    # === CONSTRAINTS === #

    @api.constrains("company_id", "journal_id")
    def _check_company_of_bookings(self):
        # sudo: whether it fits its bookings, for who may not read these
        self._filter_billing().sudo().line_ids._check_bookings()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `account`: nobody makes up what only follows.

        :raises AccessError: as in `_check_are_choices`
        """
        defaults = {key[8:] for key in self.env.context if key.startswith("default_")}
        self._check_are_choices(defaults.union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        """Override of `account`: who pays what is fixed once the client was told.

        Another payer gets another link, however the invoice came to be changed.

        :raises AccessError: as in `_check_are_choices`
        :raises UserError: the client was told something else
        """
        self._check_are_choices(vals)
        # sudo: whoever changes the payer need not see the link
        moves = self.sudo() if "partner_id" in vals else self.browse()
        payers = {move: move.partner_id for move in moves if move.pay_token}
        with self._keeping_payments(), self._watched():
            result = super().write(vals)
        for move, payer in payers.items():
            if move.partner_id != payer:
                move._give_new_links()
                if move.state == "draft":
                    move._take_earlier_payments()
        if vals.get("externally_billed"):
            self._call_off_messages()
        return result

    @api.model
    def _check_are_choices(self, names):
        """Check that the user may write these fields, as far as they are ours.

        :raises AccessError: one of them is kept by the program, whoever keeps invoices
        """
        if self.env.su:
            return
        ours = {
            name
            for name in names
            if name in self._fields
            and self._fields[name]._module == "konfidens_payments"
        }
        if ours - CHOICES:
            raise AccessError(
                self.env._(
                    "These values of an invoice follow from its appointment and its "
                    "payment messages, or are written by its buttons."
                )
            )

    def button_cancel(self):
        """Override of `account` to call off a payment message that has not left."""
        result = super().button_cancel()
        self._call_off_messages()
        self._mended()
        return result

    def _fetch_duplicate_reference(self, matching_states=("draft", "posted")):
        """Override of `account`: two appointments at one price are no duplicates."""
        duplicates = super()._fetch_duplicate_reference(matching_states)
        # sudo: whether they bill bookings, not which
        return {
            move: others - others.sudo().filtered("booking_ids").with_env(others.env)
            if move.sudo().booking_ids
            else others
            for move, others in duplicates.items()
        }

    # === ACTION METHODS === #

    def action_complete_invoice(self):
        """Post the invoice: it gets its number, date and due date.

        A payment message that is still scheduled goes out all the same. Asks nothing;
        the button asks before where nobody was told: `action_ask_to_complete`.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: it is no draft, it is taxed and its appointment has not
            begun, or Odoo refuses to post it
        """
        self._check_payment_access()
        # sudo: access was checked; a practitioner has no rights in accounting
        moves = self.sudo()
        moves._lock_for_payment()
        moves._check_can_be_completed()
        moves._complete()

    def action_view_bookings(self):
        """Open the bookings that this invoice bills.

        :raises AccessError: the user may not read them
        """
        self.booking_ids.check_access("read")
        return self.booking_ids._get_records_action(
            name=self.env._("Bookings"), context={"active_test": False}
        )

    def action_bill_externally(self):
        """Bring the appointments back to externally billed; the drafts are cancelled.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: an invoice is completed: it must be credited first
        """
        self._check_payment_access()
        moves = self.sudo()  # sudo: access was checked
        moves.booking_ids._bill_externally_locked(whole=moves)

    def action_follow_appointment(self):
        """Let payer, service and price of these drafts follow the booking again.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: the payer has been told of one of them
        """
        self._check_payment_access()
        moves = self.sudo()  # sudo: access was checked
        moves._lock_for_payment()
        for move in moves:
            if move._is_amount_locked() or len(move.booking_ids) > 1:
                raise UserError(move._get_told_message())
        currencies = {booking: booking.currency_id for booking in moves.booking_ids}
        moves.draft_leads = False
        quietly(moves.booking_ids).agreed_currency_id = False
        for booking, currency in currencies.items():
            booking._follow_currency(currency)

    # === BUSINESS METHODS === #

    def _check_payment_access(self):
        """:raises AccessError: unless the user may bill what these invoices bill."""
        # sudo: which bookings these are; what the user may do with them is checked
        billing = self.sudo().filtered("booking_ids")
        # of none of them Odoo would check the rights on the model
        if billing:
            billing.booking_ids.with_env(self.env)._check_can_bill()
        if others := self - billing.with_env(self.env):
            others.check_access("write")

    def _lock_for_payment(self):
        """Keep others from sending, completing or changing these invoices meanwhile.

        :raises UserError: somebody else is at it right now
        """
        lock_or_explain(
            self,
            self.payment_message_ids.filtered(
                lambda message: message.state in ("scheduled", "sent")
            ),
        )

    def _get_booking_status(self):
        """Return the `payment_status` of the bookings that this invoice bills."""
        self.ensure_one()
        if self.externally_billed:
            return "external"
        if self.state == "posted":
            if self._is_credited():
                return "refunded" if self._is_refunded() else "credited"
            if self._is_paid():
                return "paid"
            latest = self.payment_message_line_ids._get_latest()
            if latest.is_unsolved:
                return "attention"
            return "partial" if self._is_partly_paid() else "unpaid"
        if self._is_free():
            return "free"
        if self._is_paid():
            if self.payment_completion_date:
                return "paid"
            if self.payment_completion_problem:
                return "attention"
        if self._is_kept_for_start() or (
            self.payment_completion_date and self.payment_message_state == "delivered"
        ):
            return "sent"
        if self._get_latest_payment_message()._is_retrying():
            return "retrying"
        return {
            "scheduled": "scheduled",
            "sent": "sent",
            "failed": "attention",
            # delivered, and still a draft: it could not be completed
            "delivered": "attention",
        }.get(self.payment_message_state, "draft")

    def _get_payment_tz(self):
        self.ensure_one()
        booking = self._get_first_booking()
        return booking._get_payment_tz() if booking else "UTC"

    def _get_first_booking(self):
        """Return the first of the bookings that this invoice bills, or none.

        It is read together with those of other invoices, which a slice would not be.
        """
        for booking in self.booking_ids:
            return booking
        return self.booking_ids
