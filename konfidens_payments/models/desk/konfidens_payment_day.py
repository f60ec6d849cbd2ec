from datetime import date

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ...tools import lock_or_explain

LINE = "konfidens.payment.day.line"


class KonfidensPaymentDay(models.Model):
    """The settlement of a day: what was taken by each way, and what was counted.

    A payment belongs to the first open day from its own date on, for what no closed day
    has counted of it: what is taken after closing time is settled tomorrow, and so is
    what an accountant cancels of a day that is closed.
    """

    _name = "konfidens.payment.day"
    _description = "Day Settlement"
    _order = "date desc, id desc"
    _rec_name = "date"

    date = fields.Date(required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")],
        default="open",
        required=True,
        readonly=True,
    )
    line_ids = fields.One2many(LINE, "day_id", "Ways to Pay")
    closed_by_id = fields.Many2one("res.users", readonly=True)
    closed_on = fields.Datetime(readonly=True)
    # what the screen showed, so that nobody closes over what came meanwhile
    taken_total = fields.Float(
        compute="_compute_taken_total", export_string_translation=False
    )

    _one_per_day = models.UniqueIndex(
        "(company_id, date)",
        "There is a settlement of this day already. Reload the page to see it.",
    )
    _open_index = models.Index("(company_id, date) WHERE state = 'open'")

    # === COMPUTE METHODS === #

    @api.depends("line_ids.taken")
    def _compute_taken_total(self):
        for day in self:
            day.taken_total = sum(day.line_ids.mapped("taken"))

    @api.depends("date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for day in self:
            day.display_name = format_date(self.env, day.date, date_format="long")

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `base`: a closed day stays as it is, for everybody.

        :raises AccessError: only what is counted is written by hand, on its lines
        :raises UserError: it is closed
        """
        if not self.env.su and set(vals) - {"line_ids"}:
            raise AccessError(
                self.env._("Of a day settlement you write what you count, and why.")
            )
        self._check_is_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        self._check_is_open()

    def _check_is_open(self):
        """:raises UserError: one of these days is closed."""
        if closed := self.filtered(lambda day: day.state == "closed")[:1]:
            raise UserError(
                self.env._(
                    "The settlement of %(day)s is closed, so it stays as it is. What "
                    "is taken or corrected now stands in the next one.",
                    day=closed.display_name,
                )
            )

    # === ACTION METHODS === #

    @api.model
    def action_view_days(self):
        """Open the list of settlements, with those that are to be closed.

        :raises AccessError: the user may not see them
        """
        self.check_access("read")
        if self.has_access("write"):
            # sudo: nobody makes one by hand, for a day or a company of his own choice
            for company in self.env.companies:
                self.sudo()._open_days(company)
        return self.env["ir.actions.actions"]._for_xml_id(
            "konfidens_payments.action_payment_days"
        )

    def action_close(self):
        """Close the day: what was counted, and what was taken, stays so.

        :return: an action that says what is still to be counted, or None
        :raises AccessError: the user may not close it
        :raises UserError: it is closed already, what was taken has changed since the
            user looked, or a difference has no reason; nothing is changed then
        """
        self.ensure_one()
        self.check_access("write")
        lock_or_explain(self)
        self._check_is_open()
        day = self.sudo()  # sudo: access was checked; payments are the accountant's
        if day.date > self._get_today(day.company_id):
            raise UserError(self.env._("This day is still to come."))
        unsettled = day._get_unsettled()
        payments = self.env["account.payment"].sudo().union(*unsettled.values())
        lock_or_explain(payments)
        if new := day._add_lines(unsettled).filtered("taken"):
            return new._ask_to_count()
        day._check_as_shown(self.env.context.get("konfidens_payments_taken"))
        day.line_ids._check_reasons()
        day.line_ids._keep()
        for payment in payments:
            payment.payments_settled_amount = payment._get_amount_at_desk()
        day.write(
            {
                "state": "closed",
                "closed_by_id": self.env.uid,
                "closed_on": fields.Datetime.now(),
            }
        )
        return None

    def action_print(self):
        """Print the settlement."""
        return self.env.ref(
            "konfidens_payments.action_report_payment_day"
        ).report_action(self)

    # === BUSINESS METHODS === #

    @api.model
    def _get_today(self, company):
        """Return which day it is where this practice is."""
        tz = company._get_payments_tz(self.env.user.tz)
        return fields.Date.context_today(self.with_context(tz=tz))

    @api.model
    def _open_days(self, company):
        """Make the settlements of a company that are to be closed up to today.

        Of each day on which something was taken since the last one, and of today. What
        was taken before the practice began with it stands in its first.
        """
        methods = self.env["konfidens.payment.method"]
        if not methods.search_count([("company_id", "=", company.id)], limit=1):
            return
        today = self._get_today(company)
        last = self.search([("company_id", "=", company.id)], limit=1)
        days = {today}
        if last:
            payments = self._search_unsettled(company, last.date, today)
            days.update(payments.mapped("date"))
        known = self.search([("company_id", "=", company.id), ("date", "in", [*days])])
        try:
            with self.env.cr.savepoint():
                made = self.create(
                    [
                        {"date": day, "company_id": company.id}
                        for day in sorted(days - set(known.mapped("date")))
                    ]
                )
        except UniqueViolation as error:
            # Somebody opens the list at this moment. Odoo does it all anew then.
            raise ConcurrencyError from error
        for day in made | known.filtered(lambda day: day.state == "open"):
            day._add_lines(day._get_unsettled())

    @api.model
    def _search_unsettled(self, company, after, until):
        """Return the payments that no closed day has counted as they are now.

        :param after: the day after which they are dated
        :param until: the last day
        """
        payments = self.env["account.payment"]
        payments.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT payment.id
                  FROM account_payment payment
                  JOIN konfidens_payment_method method
                    ON method.id = payment.payments_method_id
                 WHERE method.company_id = %s
                   AND payment.date > %s
                   AND payment.date <= %s
                   AND COALESCE(payment.payments_settled_amount, 0) <> CASE
                       WHEN payment.state NOT IN ('in_process', 'paid') THEN 0
                       WHEN payment.payment_type = 'inbound' THEN payment.amount
                       ELSE -payment.amount END
                 ORDER BY payment.id
                """,
                company.id,
                after,
                until,
            )
        )
        return payments.browse(row[0] for row in rows)

    def _get_unsettled(self):
        """Return what this open day counts.

        :return: dict from the way to pay and the currency to `account.payment` records
        """
        self.ensure_one()
        before = self.search(
            Domain("company_id", "=", self.company_id.id)
            & Domain("state", "=", "open")
            & Domain("date", "<", self.date),
            limit=1,
        )
        payments = self._search_unsettled(
            self.company_id, before.date or date.min, self.date
        )
        return payments.grouped(
            lambda payment: (payment.payments_method_id, payment.currency_id)
        )

    def _add_lines(self, unsettled):
        """Add a line for each way to pay that this open day has not yet.

        :param unsettled: as `_get_unsettled` returns it
        :return: the new lines
        """
        self.ensure_one()
        methods = self.env["konfidens.payment.method"].search(
            [("company_id", "=", self.company_id.id)]
        )
        wanted = [
            (method, method._get_currency() or self.company_id.currency_id)
            for method in methods
        ]
        known = {(line.method_id, line.currency_id) for line in self.line_ids}
        return self.env[LINE].create(
            [
                {
                    "day_id": self.id,
                    "method_id": method.id,
                    "currency_id": currency.id,
                }
                for method, currency in dict.fromkeys([*wanted, *unsettled])
                if (method, currency) not in known
            ]
        )

    def _check_as_shown(self, shown):
        """:raises UserError: the user saw another sum than was taken by now.

        :param shown: what the screen showed, or None where there was no screen
        """
        if isinstance(shown, (int, float)) and abs(shown - self.taken_total) > 1e-6:
            raise UserError(
                self.env._(
                    "A payment was taken or changed meanwhile. Reload the page, count "
                    "it too, and close the day then."
                )
            )
