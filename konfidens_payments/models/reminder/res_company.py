from odoo import api, fields, models
from odoo.fields import Command, Domain

# So many days after the due date: with two weeks to pay, three reminders in 42 days.
PRESET = (3, 14, 28)


class ResCompany(models.Model):
    """Whether the practice reminds of unpaid invoices, and of which."""

    _inherit = "res.company"

    payments_reminders = fields.Boolean(
        "Remind of Unpaid Invoices",
        compute="_compute_payments_reminders",
        inverse="_inverse_payments_reminders",
        help="Whoever has not paid in time is reminded by e-mail or SMS. What was "
        "overdue before is left alone.",
    )
    payments_reminders_since = fields.Date(
        "Of Invoices Due Since",
        readonly=True,
        help="What was due before this day is reminded of by hand only.",
    )
    payments_reminder_ids = fields.One2many(
        "konfidens.payment.reminder",
        "company_id",
        string="Reminders",
    )

    @api.depends("payments_reminders_since")
    def _compute_payments_reminders(self):
        for company in self:
            company.payments_reminders = bool(company.payments_reminders_since)

    def _inverse_payments_reminders(self):
        """Note since when; who switches it off and on again begins anew."""
        for company in self:
            if not company.payments_reminders:
                company.payments_reminders_since = False
            elif not company.payments_reminders_since:
                company.payments_reminders_since = company._get_payments_today()

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: a new company begins with the usual reminders."""
        companies = super().create(vals_list)
        # sudo: for whoever may make a company
        companies.sudo()._propose_reminders()
        return companies

    def write(self, vals):
        """Override of `base`: another day changes which invoices are reminded of."""
        result = super().write(vals)
        if "payments_reminders_since" in vals:
            self._plan_reminders()
            self.env["konfidens.payment.reminder"]._wake()
        return result

    def _get_payments_today(self):
        """Return which day it is where the practice is."""
        self.ensure_one()
        return fields.Date.context_today(self.with_context(tz=self._get_payments_tz()))

    @api.model
    def _propose_reminders_to_all(self):
        """Give the companies that were there before us the usual reminders."""
        self.search([("payments_reminder_ids", "=", False)])._propose_reminders()

    def _propose_reminders(self):
        """Give these companies the usual reminders, three in 42 days."""
        for company in self:
            company.payments_reminder_ids = [
                Command.create({"sequence": number, "days": days, "after": "due"})
                for number, days in enumerate(PRESET, 1)
            ]

    def _plan_reminders(self):
        """Compute anew which open invoices of these companies are reminded of when."""
        # what was read before is in another order, maybe
        self.invalidate_recordset(["payments_reminder_ids"])
        # sudo: all of them, whoever changes the settings
        moves = self.env["account.move"].sudo()
        moves = moves.search(
            moves._get_unpaid_domain() & Domain("company_id", "in", self.ids)
        )
        for name in ("next_reminder_date", "reminders_end_date"):
            self.env.add_to_compute(moves._fields[name], moves)
