from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .calendar_event import GROUPS

# How long ago what is unpaid was to be paid: the first day of each class. By these keys
# lists and graphs order them, too.
CLASSES = {
    "0": "Not due",
    "1": "1 to 14 days overdue",
    "15": "15 to 42 days overdue",
    "43": "More than 42 days overdue",
}
OVERDUE = [key for key in CLASSES if key != "0"]


class KonfidensPaymentBooking(models.Model):
    """What was invoiced, paid and is open of a booking: for lists, graphs and tables.

    All in the booking's currency. Where an invoice bills several bookings, each has its
    share, so that sums are right.
    """

    _inherit = "konfidens.payment.booking"

    amount_billed = fields.Monetary(
        "Invoiced",
        compute="_compute_amounts",
        store=True,
        help="On its completed invoice, less what was credited.",
    )
    amount_paid = fields.Monetary(
        "Paid", compute="_compute_amounts", store=True, help="Of what was invoiced."
    )
    amount_due = fields.Monetary(
        compute="_compute_amounts",
        store=True,
        help="Of its invoice: what is still to be paid.",
    )
    due_date = fields.Date(
        compute="_compute_amounts",
        store=True,
        help="Until when its completed invoice, or the next instalment of it, is to be "
        "paid.",
    )
    overdue = fields.Selection(
        list(CLASSES.items()),
        compute="_compute_overdue",
        search="_search_overdue",
        help="How long ago it was to be paid.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "invoice_id.amount_residual",
        "invoice_id.amount_total",
        "invoice_id.externally_billed",
        "invoice_id.invoice_date_due",
        "invoice_id.line_ids.date_maturity",
        "invoice_id.line_ids.reconciled",
        "invoice_id.matched_payment_ids.state",
        "invoice_id.payment_state",
        "invoice_id.reversal_move_ids.amount_residual",
        "invoice_id.reversal_move_ids.state",
        "invoice_id.state",
        "move_line_ids.price_total",
    )
    def _compute_amounts(self):
        for booking in self:
            invoice = booking._origin.invoice_id
            # Where Odoo waits for the bank's statement it leaves the residual.
            owing = invoice and not (
                invoice.externally_billed
                or (invoice.state == "posted" and invoice._is_settled())
            )
            due = invoice._get_amount_left() if owing else 0.0
            billed = invoice._get_billed_amount() if invoice else 0.0
            # what was written off is neither paid nor due
            paid = min(invoice._get_received_amount(), billed) if billed else 0.0
            if len(invoice.booking_ids) > 1:
                billed, paid, due = (
                    invoice._get_share_of(booking._origin, amount)
                    for amount in (billed, paid, due)
                )
            booking.amount_billed = billed
            booking.amount_paid = paid
            booking.amount_due = due
            booking.due_date = invoice._get_open_due_date() if invoice else False

    @api.depends("due_date")
    def _compute_overdue(self):
        today = fields.Date.context_today(self)
        for booking in self:
            booking.overdue = _classify(booking.due_date, today)

    def _search_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        return Domain.OR(_get_class_domain("due_date", key, today) for key in value)

    def _field_to_sql(self, alias, field_expr, query=None):
        """Override of `base`: how overdue something is can be grouped by."""
        if field_expr != "overdue":
            return super()._field_to_sql(alias, field_expr, query)
        due = super()._field_to_sql(alias, "due_date", query)
        return _get_class_sql(due, fields.Date.context_today(self))


class AccountMove(models.Model):
    """The same of an invoice: how overdue it is, and what each booking has of it."""

    _inherit = "account.move"

    overdue = fields.Selection(
        list(CLASSES.items()),
        compute="_compute_overdue",
        search="_search_overdue",
        groups=GROUPS,
        help="How long ago it, or its next instalment, was to be paid.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "amount_residual",
        "externally_billed",
        "invoice_date_due",
        "payment_state",
        "state",
    )
    def _compute_overdue(self):
        today = fields.Date.context_today(self)
        for move in self:
            move.overdue = _classify(move._get_open_due_date(), today)

    def _search_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        classes = tuple(key for key in value if key)

        def to_sql(moves, alias, query):
            overdue = moves._field_to_sql(alias, "overdue", query)
            found = SQL("%s IN %s", overdue, classes) if classes else SQL("FALSE")
            return (
                SQL("(%s OR %s IS NULL)", found, overdue) if False in value else found
            )

        return Domain.custom(to_sql=to_sql)

    def _field_to_sql(self, alias, field_expr, query=None):
        """Override of `account`: how overdue something is can be grouped by."""
        if field_expr != "overdue":
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields["overdue"], "read")
        self.env["account.move.line"].flush_model(["date_maturity", "reconciled"])
        self.flush_model(["externally_billed"])
        return _get_class_sql(
            SQL(
                """
                (SELECT COALESCE(min(line.date_maturity), %(move)s.invoice_date_due)
                   FROM account_move_line line
                  WHERE line.move_id = %(move)s.id
                    AND line.display_type = 'payment_term'
                    AND line.reconciled IS NOT TRUE
                    AND %(move)s.state = 'posted'
                    AND %(move)s.move_type = 'out_invoice'
                    AND %(move)s.externally_billed IS NOT TRUE
                    AND %(move)s.payment_state IN ('not_paid', 'partial', 'blocked')
                    AND COALESCE((
                        SELECT sum(note.amount_total) FROM account_move note
                         WHERE note.reversed_entry_id = %(move)s.id
                           AND note.state = 'posted'
                           AND note.move_type = 'out_refund'), 0)
                        < %(move)s.amount_total
                 HAVING count(*) > 0)
                """,
                move=SQL.identifier(alias),
            ),
            fields.Date.context_today(self),
        )

    # === BUSINESS METHODS === #

    def _get_billed_amount(self):
        """Return what this invoice bills, in its currency: nothing until completed.

        Less what was credited of it, whether that was paid back or not.
        """
        self.ensure_one()
        if self.state != "posted" or self.externally_billed or self._is_credited():
            return 0.0
        credited = sum(self._get_credits().mapped("amount_total"))
        return max(self.amount_total - credited, 0.0)

    def _get_open_due_date(self):
        """Return until when this completed invoice is to be paid, or False if it is."""
        self.ensure_one()
        if (
            self.state != "posted"
            or self.move_type != "out_invoice"
            or self.payment_state not in ("not_paid", "partial", "blocked")
            or self.externally_billed
            or self.currency_id.is_zero(self.amount_residual)
            or self._is_credited()
        ):
            return False
        return self._get_first_due_date()

    def _get_first_due_date(self):
        """Return when this invoice, or the next instalment of it, is to be paid."""
        self.ensure_one()
        open_terms = self.line_ids.filtered(
            lambda line: line.display_type == "payment_term" and not line.reconciled
        )
        dates = [date for date in open_terms.mapped("date_maturity") if date]
        return min(dates, default=self.invoice_date_due)

    def _get_share_of(self, booking, amount):
        """Return what of an amount of this invoice one of its bookings has.

        By what the invoice bills of each, less what was credited of it; what else it
        bills goes along. The shares add up to the amount.
        """
        self.ensure_one()
        billed = dict.fromkeys(self.booking_ids.sorted("id"), 0.0)
        for line in self.line_ids.filtered("booking_id"):
            billed[line.booking_id] += line.price_total
        for line in self._get_credits().line_ids.filtered("credited_booking_id"):
            if line.credited_booking_id in billed:
                billed[line.credited_booking_id] -= line.price_total
        billed = {one: max(total, 0.0) for one, total in billed.items()}
        whole = sum(billed.values())
        before = upto = 0.0
        for number, (one, total) in enumerate(billed.items(), 1):
            upto += total
            share = upto / whole if whole else number / len(billed)
            after = self.currency_id.round(amount * share)
            if one == booking:
                return self.currency_id.round(after - before)
            before = after
        return 0.0


def _classify(due, today):
    """Return the class of what was to be paid until a day (date, or False)."""
    if not due:
        return False
    days = (today - due).days
    return max((key for key in CLASSES if int(key) <= days), key=int, default="0")


def _get_class_domain(name, key, today):
    """Return the domain of what is in a class, by the field that holds the due date."""
    if not key:
        return Domain(name, "=", False)
    domain = Domain(name, "!=", False)
    if key != "0":
        domain &= Domain(name, "<=", today - timedelta(days=int(key)))
    later = [int(other) for other in CLASSES if int(other) > int(key)]
    if later:
        domain &= Domain(name, ">", today - timedelta(days=min(later)))
    return domain


def _get_class_sql(due, today):
    """Return the class as SQL, of a due date as SQL."""
    days = SQL("%s::date - %s", today, due)
    cases = SQL(" ").join(
        SQL("WHEN %s >= %s THEN %s", days, int(key), key) for key in reversed(CLASSES)
    )
    return SQL("CASE WHEN %s IS NULL THEN NULL %s ELSE '0' END", due, cases)
