from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount

from ...tools import format_clock, say
from .konfidens_payment_day import LINE

# What a user writes; all else is kept by the program.
COUNTED = {"counted", "reason"}


class KonfidensPaymentDayLine(models.Model):
    """What was taken on a day by one way to pay, and what was counted of it."""

    _name = LINE
    _description = "Day Settlement by Way to Pay"
    _order = "sequence, id"
    _rec_name = "method_id"

    day_id = fields.Many2one(
        "konfidens.payment.day",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="day_id.company_id", store=True)
    state = fields.Selection(related="day_id.state")
    method_id = fields.Many2one(
        "konfidens.payment.method",
        "Way to Pay",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    sequence = fields.Integer(
        related="method_id.sequence", store=True, export_string_translation=False
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    taken = fields.Monetary(
        compute="_compute_taken",
        compute_sudo=True,
        help="Less what was paid back by this way.",
    )
    counted = fields.Monetary(
        help="What is in the cash box, without the change that you began with; or what "
        "the terminal's report says."
    )
    difference = fields.Monetary(compute="_compute_difference")
    reason = fields.Char(help="Why there is a difference.")
    payment_list = fields.Json(
        compute="_compute_taken", compute_sudo=True, export_string_translation=False
    )
    # what stays when the day is closed
    taken_when_closed = fields.Monetary(readonly=True)
    list_when_closed = fields.Json(readonly=True, export_string_translation=False)

    _one_per_way = models.UniqueIndex("(day_id, method_id, currency_id)")

    # === COMPUTE METHODS === #

    @api.depends("day_id.state", "day_id.date", "taken_when_closed", "list_when_closed")
    @api.depends_context("lang")
    def _compute_taken(self):
        for day, lines in self.grouped("day_id").items():
            real = day._origin
            unsettled = real._get_unsettled() if real.state == "open" else {}
            for line in lines:
                if real.state == "closed":
                    line.taken = line.taken_when_closed
                    line.payment_list = line.list_when_closed
                    continue
                payments = unsettled.get((line.method_id, line.currency_id), ())
                rows = [payment._describe_at_desk() for payment in payments]
                line.payment_list = rows
                line.taken = sum(row["amount"] for row in rows)

    @api.depends("counted", "taken")
    def _compute_difference(self):
        for line in self:
            line.difference = line.counted - line.taken

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: nothing is added to a closed day.

        :raises UserError: one is closed
        """
        days = self.env["konfidens.payment.day"]
        days.browse({vals["day_id"] for vals in vals_list})._check_is_open()
        return super().create(vals_list)

    def write(self, vals):
        """Override of `base`: a closed day stays as it is, for everybody.

        :raises AccessError: only what is counted is written by hand
        :raises UserError: the day is closed
        """
        if not self.env.su and set(vals) - COUNTED:
            raise AccessError(
                self.env._("Of a day settlement you write what you count, and why.")
            )
        self.day_id._check_is_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        self.day_id._check_is_open()

    # === BUSINESS METHODS === #

    def _check_reasons(self):
        """:raises UserError: there is a difference that nobody explains."""
        unexplained = self.filtered(
            lambda line: (
                not line.currency_id.is_zero(line.difference)
                and not (line.reason or "").strip()
            )
        )
        if unexplained:
            raise UserError(
                "\n".join(
                    self.env._(
                        "%(method)s: %(taken)s was taken, and %(counted)s counted. "
                        "Count once more, or write the reason of the difference.",
                        method=line.method_id.name,
                        taken=line._format(line.taken),
                        counted=line._format(line.counted),
                    )
                    for line in unexplained
                )
            )

    def _format(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _keep(self):
        """Note what was taken, as it is at this moment."""
        for line in self:
            values = {
                "list_when_closed": line.payment_list,
                "taken_when_closed": line.taken,
            }
            line.write(values)

    def _ask_to_count(self):
        """Return the action that says what is to be counted besides, and shows it."""
        return say(
            self.env._(
                "Money was taken by other ways meanwhile: %(methods)s. Count that too, "
                "and close the day then.",
                methods=", ".join(self.mapped("method_id.name")),
            ),
            {"type": "ir.actions.client", "tag": "soft_reload"},
            "warning",
        )


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def _get_amount_at_desk(self):
        """Return what this payment brought, less than zero where it was paid back."""
        self.ensure_one()
        if self.state not in ("in_process", "paid"):
            return 0.0
        return self.amount if self.payment_type == "inbound" else -self.amount

    def _describe_at_desk(self):
        """Return how this payment stands in a day settlement: a dict.

        With numbers, and no name of who paid: it may lie on the desk.
        """
        self.ensure_one()
        tz = self.payments_method_id.company_id._get_payments_tz(self.env.user.tz)
        made = fields.Datetime.context_timestamp(
            self.with_context(tz=tz), self.create_date
        )
        return {
            "amount": self.currency_id.round(
                self._get_amount_at_desk() - self.payments_settled_amount
            ),
            "by": self.create_uid.name,
            "invoices": ", ".join(filter(None, self.invoice_ids.mapped("name"))),
            "number": self.name or "",
            "reference": self.payment_reference or "",
            "time": format_clock(self.env, made.time()),
        }
