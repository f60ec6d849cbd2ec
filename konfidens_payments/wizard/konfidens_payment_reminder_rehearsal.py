from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Command, Domain

from ..tools import format_coming

MANAGER = "konfidens_payments.group_payments_manager"


class KonfidensPaymentReminderRehearsal(models.TransientModel):
    """Who would be reminded of what is overdue already, before anybody is."""

    _name = "konfidens.payment.reminder.rehearsal"
    _description = "Who Would Be Reminded"

    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        required=True,
        readonly=True,
    )
    since = fields.Date(
        "Of Invoices Due Since",
        default=lambda self: self._get_default_since(),
        required=True,
        help="Choose an earlier day to remind of older invoices, too.",
    )
    line_ids = fields.One2many(
        "konfidens.payment.reminder.rehearsal.line",
        "rehearsal_id",
        compute="_compute_line_ids",
        # with the rights of who asks
        compute_sudo=False,
        store=True,
    )
    summary = fields.Char(compute="_compute_summary")

    @api.model
    def _get_default_since(self):
        company = self.env.company
        # sudo: a setting, which whoever may open this may see
        return company.sudo().payments_reminders_since or company._get_payments_today()

    @api.depends("company_id", "since")
    def _compute_line_ids(self):
        for rehearsal in self:
            rehearsal.line_ids = [Command.clear()] + [
                Command.create(values) for values in rehearsal._rehearse()
            ]

    @api.depends("line_ids.goes")
    def _compute_summary(self):
        for rehearsal in self:
            going = rehearsal.line_ids.filtered("goes")
            rehearsal.summary = self.env._(
                "%(payers)s payers are reminded of %(count)s invoices; %(left)s "
                "invoices are left alone.",
                payers=len(going.partner_id),
                count=len(going),
                left=len(rehearsal.line_ids) - len(going),
            )

    # === ACTION METHODS === #

    def action_confirm(self):
        """Remind, from now on, of invoices that were due on this day or later.

        :return: the action that closes the dialog
        :raises AccessError: only the head of the practice decides this
        """
        self.ensure_one()
        self._check_decides()
        # sudo: the access was checked
        self.company_id.sudo().payments_reminders_since = self.since
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS METHODS === #

    def _check_decides(self):
        if not self.env.user.has_group(MANAGER) or (
            self.company_id not in self.env.companies
        ):
            raise AccessError(
                self.env._("Only the head of the practice decides who is reminded.")
            )

    def _rehearse(self):
        """Return what would become of each overdue invoice: values of the lines.

        By the very rules of the job; with the rights of the user on the invoices.
        """
        self.ensure_one()
        self._check_decides()
        moves = self.env["account.move"]
        if not self.since:
            return []
        unpaid = moves.search(
            moves._get_unpaid_domain() & Domain("company_id", "=", self.company_id.id),
            order="partner_id, invoice_date_due, id",
        )
        # sudo: of invoices that the user may read, why they are reminded of or not
        unpaid = unpaid.sudo()
        pauses = unpaid._get_reminder_pauses(since=self.since)
        overdue = unpaid.filtered(lambda move: not move._get_due_obstacle())
        return [
            self._prepare_line_values(move, pauses.get(move.id)) for move in overdue
        ]

    def _prepare_line_values(self, move, pause):
        """Return what would become of this overdue invoice.

        :param pause: why it would not be reminded of, in words, or None
        """
        reminder, date = move._get_next_reminder(self.since)
        goes = bool(reminder and not pause)
        if goes:
            story = self.env._(
                "Reminder %(number)s of %(count)s, %(moment)s.",
                number=move.reminder_count + 1,
                count=len(move.company_id.payments_reminder_ids),
                moment=format_coming(self.env, date),
            )
        else:
            story = pause or self.env._("All reminders have gone out.")
        return {
            "move_id": move.id,
            "partner_id": move.partner_id.id,
            "due_date": move._get_first_due_date(),
            "currency_id": move.currency_id.id,
            "amount": move.amount_residual,
            "goes": goes,
            "story": story,
        }


class KonfidensPaymentReminderRehearsalLine(models.TransientModel):
    """What would become of an overdue invoice."""

    _name = "konfidens.payment.reminder.rehearsal.line"
    _description = "Invoice That Would Be Reminded Of"

    rehearsal_id = fields.Many2one(
        "konfidens.payment.reminder.rehearsal", required=True, ondelete="cascade"
    )
    move_id = fields.Many2one("account.move", "Invoice", readonly=True)
    partner_id = fields.Many2one("res.partner", "Payer", readonly=True)
    due_date = fields.Date(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary("Amount Due", readonly=True)
    goes = fields.Boolean(readonly=True, export_string_translation=False)
    story = fields.Char("What Happens", readonly=True)
