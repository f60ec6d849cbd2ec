from datetime import timedelta

from odoo import fields, models
from odoo.tools import float_compare


class AccountMove(models.Model):
    """The dates of an appointment's invoice: those of the day of its completion.

    A draft may lie for weeks. What Odoo kept of the day when it was made (due date,
    currency rate, accounting date) is computed anew when it gets its invoice date.
    """

    _inherit = "account.move"

    # === COMPUTE METHODS === #

    def _compute_invoice_payment_term_id(self):
        """Override of `account`: the practice's terms where the payer has none."""
        result = super()._compute_invoice_payment_term_id()
        for move in self:
            if not move.invoice_payment_term_id and move.move_type == "out_invoice":
                # a new one has its lines only as lines of the invoice
                lines = move.invoice_line_ids | move.line_ids
                if lines.sudo().booking_id:  # sudo: whether it bills, not what
                    move.invoice_payment_term_id = (
                        move.company_id.payments_payment_term_id
                    )
        return result

    # === COMPLETING === #

    def _set_dates_of_today(self):
        """Date these drafts as of today, in the time zone of the context.

        An invoice date that somebody typed stays, unless it is in the future; so does
        a due date after the invoice date where there are no payment terms, and a
        currency rate that no day since the making of the draft had.
        """
        today = fields.Date.context_today(self)
        undated = self.filtered(
            lambda move: not move.invoice_date or move.invoice_date > today
        )
        typed = undated.filtered(lambda move: move._has_typed_rate())
        with self.env.protecting([self._fields["invoice_currency_rate"]], typed):
            # each date once for all, of which accounting date, rate and terms follow
            undated.invoice_date = today
        for move in self:
            if (
                not move.invoice_payment_term_id
                and not move.posted_before
                and (move.invoice_date_due or today) < move.invoice_date
            ):
                move.invoice_date_due = move.invoice_date

    def _has_typed_rate(self):
        """Return whether a person typed the currency rate of this draft.

        Then it is none that Odoo would have taken since the draft was made.
        """
        self.ensure_one()
        if self.currency_id == self.company_currency_id:
            return False
        made = fields.Datetime.context_timestamp(self, self.create_date).date()
        changes = self.env["res.currency.rate"].search(
            [
                (
                    "currency_id",
                    "in",
                    (self.currency_id + self.company_currency_id).ids,
                ),
                ("company_id", "in", [False, self.company_id.root_id.id]),
                ("name", ">=", min(made, self.create_date.date())),
            ]
        )
        days = {made, self.create_date.date(), *changes.mapped("name")}
        return all(
            float_compare(
                self.invoice_currency_rate,
                self._get_expected_currency_rate_at(day),
                precision_digits=9,
            )
            for day in days
        )

    def _get_company_tz(self):
        """Return the name of the time zone in which this invoice is dated.

        Where the company is; if that is not known, where the appointment takes place.
        """
        self.ensure_one()
        return self.company_id._get_payments_tz(self._get_payment_tz())


class ResCompany(models.Model):
    """Locking the books: drafts of appointments do not lie in the past."""

    _inherit = "res.company"

    def _validate_locks(self, values):
        """Override of `account`: what is dated on its completion keeps no lock off.

        Odoo refuses a hard lock while drafts lie before it, and has dated ours on the
        day when they were made.
        """
        if locked := fields.Date.to_date(values.get("hard_lock_date")):
            # sudo: of these companies, whoever may lock their books
            drafts = (
                self.env["account.move"]
                .sudo()
                .search(
                    [
                        ("company_id", "child_of", self.ids),
                        ("state", "=", "draft"),
                        ("date", "<=", locked),
                        ("invoice_date", "=", False),
                        ("line_ids.booking_id", "!=", False),
                    ]
                )
            )
            today = fields.Date.context_today(self)
            drafts.date = max(today, locked + timedelta(days=1))
        return super()._validate_locks(values)
