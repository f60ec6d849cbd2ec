from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Command

CHANNELS = [
    ("email", "E-mail"),
    ("sms", "SMS"),
    ("both", "E-mail and SMS"),
]
INVOICING_METHODS = [
    ("external", "Externally billed"),
    ("manual", "Manual"),
    ("automatic", "Automatic"),
]
# The proposed payment terms.
TERM = "konfidens_payments.account_payment_term_14days"


class ResCompany(models.Model):
    _inherit = "res.company"

    payments_active = fields.Boolean(
        "Payments",
        compute="_compute_payments_active",
        inverse="_inverse_payments_active",
        search="_search_payments_active",
        help="Bill appointments from the calendar. Every appointment that was "
        "booked before is externally billed.",
    )
    payments_activated_on = fields.Datetime(
        "Activated On",
        readonly=True,
        help="Appointments booked before this moment are externally billed.",
    )
    # how
    payments_invoicing_method = fields.Selection(
        INVOICING_METHODS,
        "Default Invoicing Method",
        default="manual",
        required=True,
        help="Of new appointments, unless their payer has a method of its own.",
    )
    payments_create_draft = fields.Boolean(
        "Create the invoice at once",
        default=True,
        help="With the manual method: the draft is made with the appointment, and "
        "only its message waits for you.",
    )
    payments_service_id = fields.Many2one(
        "product.product",
        "Default Service",
        domain="[('type', '=', 'service'), ('sale_ok', '=', True)]",
        check_company=True,
        help="Billed when an invoice is created for an appointment without a service.",
    )
    payments_journal_id = fields.Many2one(
        "account.journal",
        domain="[('type', '=', 'sale')]",
        check_company=True,
        help="Where the invoices of appointments are booked; the first sales journal "
        "if empty.",
    )
    payments_payment_term_id = fields.Many2one(
        "account.payment.term",
        default=lambda self: self.env.ref(TERM, raise_if_not_found=False),
        check_company=True,
        help="Until when the invoices of appointments are to be paid, counted from "
        "their date; of payers without payment terms of their own.",
    )
    payments_responsible_id = fields.Many2one(
        "res.users",
        help="Is notified when something needs follow-up; the practitioner if empty.",
    )
    payments_reply_to = fields.Selection(
        [("company", "The practice"), ("practitioner", "The practitioner")],
        "Answers Go To",
        default="company",
        required=True,
        help="Who gets the e-mail when a payer answers a payment message.",
    )
    # when
    payments_timing_moment = fields.Selection(
        [
            ("booking", "Right after booking"),
            ("before_start", "Before the start"),
            ("after_start", "After the start"),
            ("before_end", "Before the end"),
            ("after_end", "After the end"),
        ],
        "Payment Message Timing",
        default="after_end",
        required=True,
    )
    payments_timing_number = fields.Integer("Timing Number", default=15)
    payments_timing_unit = fields.Selection(
        [("minutes", "Minutes"), ("hours", "Hours"), ("days", "Days")],
        "Timing Unit",
        default="minutes",
        required=True,
    )

    # by which way
    payments_channel = fields.Selection(
        CHANNELS,
        "Payment Message Channel",
        default="email",
        required=True,
        help="By which payment messages go, unless somebody chooses another.",
    )
    payments_sms_connections = fields.Integer(
        "SMS at Once",
        default=8,
        required=True,
        help="How many SMS are sent side by side. Fewer where the provider allows only "
        "so many a second.",
    )
    payments_failover = fields.Boolean(
        "Try the other channel",
        help="A payment message that cannot be delivered goes once more by the other "
        "channel, with the same pay link, if the client can be reached by it.",
    )
    payments_together = fields.Boolean(
        "One message for several appointments",
        help="Payment messages of one payer that go out at the same moment go as one, "
        "with one pay link for all of them. Each appointment keeps its own invoice.",
    )

    payments_mail_tested_on = fields.Datetime(
        readonly=True,
        export_string_translation=False,
        help="When the mail server last took a sample.",
    )

    # what counts as delivered
    payments_bounce_wait_minutes = fields.Integer(
        "Wait for Bounces",
        help="Minutes that an accepted e-mail may still come back before it counts as "
        "delivered.",
    )
    payments_delivery_limit_hours = fields.Integer(
        "Delivery Limit",
        default=24,
        help="Hours after which a payment message that nobody confirmed needs "
        "attention.",
    )

    _payments_delivery_positive = models.Constraint(
        "CHECK (payments_bounce_wait_minutes BETWEEN 0 AND 43200 "
        "AND payments_delivery_limit_hours BETWEEN 1 AND 8760)",
        "The delivery limit is from one hour to 8760, a year; the wait for bounces "
        "from 0 to 43200 minutes, 30 days.",
    )
    _payments_sms_connections_possible = models.Constraint(
        "CHECK (payments_sms_connections BETWEEN 1 AND 50)",
        "From 1 to 50 SMS are sent at once.",
    )
    _payments_timing_number_positive = models.Constraint(
        "CHECK (payments_timing_number BETWEEN 0 AND 9999)",
        "The time between appointment and payment message is from 0 to 9999. Choose "
        "before or after instead of a negative one.",
    )

    # === COMPUTE METHODS === #

    @api.depends("payments_activated_on")
    def _compute_payments_active(self):
        for company in self:
            company.payments_active = bool(company.payments_activated_on)

    def _inverse_payments_active(self):
        """Note since when payments are active; appointments made before are settled.

        A pause forgets it: what is booked meanwhile is billed elsewhere.
        """
        for company in self:
            if not company.payments_active:
                company.payments_activated_on = False
            elif not company.payments_activated_on:
                # as appointments are dated: by the beginning of the transaction
                company.payments_activated_on = self.env.cr.now()

    def _search_payments_active(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("payments_activated_on", "!=" if True in value else "=", False)]

    # === BUSINESS METHODS === #

    @api.model
    def _propose_payment_term(self):
        """Give the companies that were there before us the proposed payment terms.

        Of 14 days: Odoo has 15 and 21.
        """
        term = self.env.ref(TERM, raise_if_not_found=False)
        if not term:
            days = {"value": "percent", "value_amount": 100.0, "nb_days": 14}
            values = {
                "name": "14 Days",
                "note": "Payment terms: 14 Days",
                "line_ids": [Command.create(days)],
            }
            term = self.env["account.payment.term"]._load_records(
                [{"xml_id": TERM, "noupdate": True, "values": values}]
            )
        without = self.search([("payments_payment_term_id", "=", False)])
        without.payments_payment_term_id = term

    def _get_default_service(self):
        """Return what is billed where nobody chose a service, unless it is archived."""
        return self.payments_service_id.filtered("active")

    def _refuse_invoicing(self, problems):
        """Return the exception for who bills what a company cannot invoice yet.

        With a button to what is missing, for who can see to it.

        :param problems: in words
        """
        words = "\n".join(problems)
        readiness = self.env["konfidens.payment.readiness"]
        if self.env.uid == SUPERUSER_ID or not readiness._is_for_user():
            return UserError(words)
        # sudo: of which menus the user has is no secret what they open
        action = self.env.ref("konfidens_payments.action_ready").sudo()
        return RedirectWarning(words, action.id, self.env._("Are We Ready?"))

    def _get_invoicing_problem(self):
        """Return what keeps this company from invoicing and what to do, or False."""
        self.ensure_one()
        if not self.payments_active:
            return self.env._(
                "Payments are not activated for %(company)s. Activate them in "
                "Settings, Payments.",
                company=self.name,
            )
        journals = self.env["account.journal"]
        if not journals.search_count(
            [*journals._check_company_domain(self), ("type", "=", "sale")], limit=1
        ):
            return self.env._(
                "%(company)s has no sales journal yet. Choose its chart of accounts in "
                "Settings, Invoicing, Fiscal Localization, or ask your accountant.",
                company=self.name,
            )
        return False
