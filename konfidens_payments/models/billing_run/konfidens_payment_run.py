from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

from ...tools import next_full_hour
from ..practice.res_company import CHANNELS

# What the user chooses before the start; everything else is ours to write.
CHOICES = {
    "booking_ids",
    "channel",
    "cutoff_date",
    "hourly_limit",
    "scheduled_date",
    "send_mode",
    "service_id",
    "until_date",
}


class KonfidensPaymentRun(models.Model):
    """Many bookings billed in one run: what is asked for, and its buttons."""

    _name = "konfidens.payment.run"
    _description = "Billing Run"
    _inherit = ["mail.thread"]
    _order = "id desc"

    # whose, and where it stands
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        "Started By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    state = fields.Selection(
        [
            ("draft", "Rehearsal"),
            ("running", "Running"),
            ("done", "Done"),
            ("cancelled", "Stopped"),
        ],
        default="draft",
        required=True,
        readonly=True,
    )
    is_paused = fields.Boolean("Paused", readonly=True)
    is_undo = fields.Boolean(
        "Takes Back", readonly=True, help="The drafts are being taken back."
    )
    started_on = fields.Datetime("Started", readonly=True)
    finished_on = fields.Datetime("Finished", readonly=True)
    # what is asked for
    booking_ids = fields.Many2many(
        "konfidens.payment.booking",
        "konfidens_payments_run_booking_rel",
        "run_id",
        "booking_id",
        "Bookings",
        context={"active_test": False},
    )
    service_id = fields.Many2one(
        "product.product",
        "Default Service",
        domain="[('type', '=', 'service'), ('sale_ok', '=', True)]",
        check_company=True,
        default=lambda self: self.env.company._get_default_service(),
        help="Billed for bookings that have no service of their own.",
    )
    cutoff_date = fields.Date(
        "Appointments From", help="Earlier appointments stay as they are."
    )
    until_date = fields.Date(
        "Appointments Until", help="Later appointments stay as they are."
    )
    send_mode = fields.Selection(
        [
            ("draft", "Not yet: make drafts only"),
            ("now", "Now"),
            ("timing", "As set by the practice"),
            ("later", "At a date and time"),
        ],
        "Payment Messages",
        default="draft",
        required=True,
    )
    scheduled_date = fields.Datetime(
        "Date and Time", default=lambda self: next_full_hour()
    )
    channel = fields.Selection(
        CHANNELS,
        default=lambda self: self.env.company.payments_channel,
        required=True,
    )
    hourly_limit = fields.Integer(
        "At Most per Hour",
        help="Spreads the messages, so that no provider slows them down. 0: no limit.",
    )
    line_ids = fields.One2many(
        "konfidens.payment.run.line", "run_id", "Results", readonly=True
    )

    _hourly_limit_positive = models.Constraint(
        "CHECK (hourly_limit >= 0)",
        "The number of messages per hour cannot be negative. 0 means no limit.",
    )

    @api.depends("create_date")
    @api.depends_context("lang", "tz")
    def _compute_display_name(self):
        for run in self:
            created = run.create_date or fields.Datetime.now()
            run.display_name = self.env._(
                "Billing run, %(moment)s",
                moment=format_datetime(self.env, created, dt_format="short"),
            )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base` to let users write their choices, and no more.

        :raises AccessError: the user may not bill these bookings
        """
        for vals in vals_list:
            self._check_are_choices(vals)
        runs = super().create(vals_list)
        if not self.env.su and (
            runs.user_id - self.env.user or set(runs.mapped("state")) - {"draft"}
        ):  # brought in as defaults of the context
            raise AccessError(
                self.env._("A billing run begins as a rehearsal of your own.")
            )
        runs._check_bookings_access()
        return runs

    def write(self, vals):
        """Override of `base` to let users write their choices, and no more.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: the run was started already
        """
        self._check_are_choices(vals)
        if self._get_choices().intersection(vals) and set(self.mapped("state")) - {
            "draft"
        }:
            raise UserError(
                self.env._(
                    "This billing run was started already, so it is too late to change "
                    "it. Prepare a new one for the bookings that are left."
                )
            )
        result = super().write(vals)
        if "booking_ids" in vals:
            self._check_bookings_access()
        return result

    @api.model
    def _get_choices(self):
        """Return the names of what the user chooses before the start: a set."""
        return CHOICES

    def _check_are_choices(self, vals):
        own = {name for name in vals if name in self._fields} - self._get_choices()
        if not self.env.su and any(
            self._fields[name]._module == "konfidens_payments" for name in own
        ):
            raise AccessError(
                self.env._("These values of a billing run are written by its buttons.")
            )

    @api.autovacuum
    def _gc_rehearsals(self):
        """Forget what was only looked at, a day later."""
        yesterday = fields.Datetime.now() - timedelta(days=1)
        self.search(
            [("state", "=", "draft"), ("write_date", "<", yesterday)], limit=1000
        ).unlink()

    # === BUSINESS METHODS === #

    def _check_bookings_access(self):
        """:raises AccessError: unless the user may bill all of these bookings."""
        if not self.env.su:
            self.check_access("write")
            self.env["konfidens.payment.booking"]._check_can_bill_all(
                Domain("run_ids", "in", self.ids)
            )

    @api.model
    def _prepare(self, bookings):
        """Return a new rehearsal for these bookings.

        :raises AccessError: the user may not bill these bookings
        """
        # sudo: the access is checked once the bookings are in it, in the database and
        # for all at once; where it is refused, nothing stays
        run = self.sudo().create({})
        run._choose(bookings)
        chosen = Domain("run_ids", "in", run.ids)
        bookings._check_can_bill_all(chosen)
        groups = bookings.sudo()._read_group(chosen, ["company_id"])
        companies = self.env["res.company"].concat(*(group[0] for group in groups))
        if companies and run.company_id not in companies:
            company = companies[:1]
            own = run.with_company(company)
            own.write(
                {
                    **own.default_get(["service_id", "channel"]),
                    "company_id": company.id,
                }
            )
        return run.with_env(self.env)

    def _choose(self, bookings):
        """Put bookings into this new rehearsal; the caller checks the access.

        By one statement: as commands of the ORM, a year's bookings take much memory.
        """
        self.env.cr.execute(
            SQL(
                "INSERT INTO konfidens_payments_run_booking_rel"
                " (run_id, booking_id) SELECT %s, unnest(%s)",
                self.id,
                list(bookings._ids),
            )
        )
        self.invalidate_recordset(["booking_ids"])
        bookings.invalidate_model(["run_ids"])


class KonfidensPaymentBooking(models.Model):
    """How bookings get into a billing run."""

    _inherit = "konfidens.payment.booking"

    run_ids = fields.Many2many(
        "konfidens.payment.run",
        "konfidens_payments_run_booking_rel",
        "booking_id",
        "run_id",
        "Billing Runs",
        copy=False,
        readonly=True,
    )

    def action_prepare_billing_run(self):
        """Open the rehearsal of a billing run for these bookings.

        In an automation rule, where nobody looks at it, what can be billed is billed
        at once, and the payment messages go by the company's timing.

        :raises AccessError: the user may not bill these bookings
        """
        if not self:
            return False
        run = self.env["konfidens.payment.run"]._prepare(self)
        if "__action_done" not in self.env.context:
            return run._get_records_action(context={})
        if run.billable_count and not run.company_id._get_invoicing_problem():
            run.send_mode = "timing"
            run.action_run()
        return False

    @api.model
    def _prepare_billing_run(self, domain):
        """Open the rehearsal for the externally billed bookings in this domain.

        Those of the current company that the user may bill.

        :raises UserError: there are none, and somebody looks
        """
        bookings = self.with_context(active_test=False).search(
            Domain(domain)
            & Domain("invoicing_method", "=", "external")
            & Domain("company_id", "=", self.env.company.id)
        )
        if not bookings and "__action_done" in self.env.context:
            return False
        if not bookings:
            raise UserError(
                self.env._(
                    "There is no externally billed booking here that you may bill."
                )
            )
        return bookings.with_env(self.env).action_prepare_billing_run()

    @api.model
    def _check_can_bill_all(self, domain):
        """As `_check_can_bill`, with two queries for however many bookings.

        :raises AccessError: the user may not bill all of the bookings in this domain
        """
        bookings = self.with_context(active_test=False)
        # sudo: how many there are, beside how many the user sees
        if bookings.search_count(domain) < bookings.sudo().search_count(domain):
            hidden = bookings.sudo().search(domain) - bookings.search(domain)
            hidden.with_env(self.env)._check_can_bill()
        elif not self.has_access("write"):
            self._check_can_bill()
