from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date, format_list

from ...tools import in_language
from ..booking.calendar_event import GROUPS

ACTIVITY = "konfidens_payments.mail_activity_payment"
CREDIT_ACTIVITY = "konfidens_payments.mail_activity_credit"
REMINDER_ACTIVITY = "konfidens_payments.mail_activity_reminder"


class AccountMove(models.Model):
    """Invoices that need a person: why, and whom."""

    _inherit = "account.move"

    can_send_again = fields.Boolean(
        compute="_compute_can_send_again",
        compute_sudo=True,
        export_string_translation=False,
        groups=GROUPS,
    )
    has_other_channel = fields.Boolean(
        compute="_compute_can_send_again",
        compute_sudo=True,
        export_string_translation=False,
        groups=GROUPS,
    )

    @api.depends("payment_message_attention", "payment_message_state", "state")
    def _compute_can_send_again(self):
        for move in self:
            # what was delivered, and could not be completed, is not sent once more
            move.can_send_again = move.payment_message_attention and (
                move.payment_message_state == "failed"
                or (move.state == "posted" and move.payment_message_state != "sent")
            )
            latest = move._get_latest_payment_message()
            move.has_other_channel = bool(
                move.can_send_again and latest._get_other_channel(latest.channel)
            )

    # === ACTION METHODS === #

    def action_send_again(self):
        """Send the latest payment messages again, by the same channel.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: an invoice cannot have a payment message
        """
        return self._send_again(lambda channel: channel)

    def action_other_channel(self):
        """Send the latest payment messages again, by SMS instead of e-mail or so.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: a payer cannot be reached by the other channel
        """
        other = self.env["konfidens.payment.message"]._get_other_channel
        return self._send_again(lambda channel: other(channel) or channel)

    def _send_again(self, choose):
        self._check_payment_access()
        moves = self.sudo()  # sudo: access was checked
        moves._lock_for_payment()
        if not all(move.can_send_again for move in moves):
            raise moves.payment_message_ids._changed_meanwhile()
        return moves._schedule_again(choose)

    # === BUSINESS METHODS === #

    def _get_posting_problem(self):
        """Return what would make Odoo refuse to post this draft, or False.

        So that no client is told of an invoice that then cannot exist. After the
        checks of `account.move._post`; see `_get_lock_problem` for locked periods.
        """
        self.ensure_one()
        if self.state != "draft":
            return False
        if not self.journal_id.active:
            return self.env._(
                "the journal %(journal)s is archived.",
                journal=self.journal_id.display_name,
            )
        if self.partner_bank_id and not self.partner_bank_id.active:
            return self.env._("the bank account that it is paid to is archived.")
        if not self.currency_id.active:
            return self.env._(
                "the currency %(currency)s is not active.",
                currency=self.currency_id.name,
            )
        lines = self.line_ids.filtered(
            lambda line: (
                line.display_type
                not in ("line_section", "line_subsection", "line_note")
            )
        )
        if not lines or any(not line.account_id for line in lines):
            return self.env._("a line has no account.")
        if date := self._get_auto_post_date():
            return self.env._(
                "it is posted by itself on %(date)s. Send it on that day, or switch "
                "off Auto-post on it.",
                date=format_date(self.env, date),
            )
        if lines._lack_analytic_distribution():
            return self.env._(
                "a line has no analytic distribution, which is mandatory here."
            )
        archived = lines.account_id.filtered(lambda account: not account.active)
        if archived:
            return self.env._(
                "the account %(accounts)s is archived.",
                accounts=format_list(self.env, archived.mapped("display_name")),
            )
        return False

    def _get_lock_problem(self):
        """Return why Odoo would refuse to post this draft today, or False.

        Odoo moves the date of what lies in a locked period to the first day after it,
        but not beyond today: what is locked up to today or later stays locked.
        """
        self.ensure_one()
        if self.state != "draft":
            return False
        move = self.with_context(tz=self._get_company_tz())
        today = fields.Date.context_today(move)
        date = min(move.invoice_date or today, today)
        # looked at closely only where something is locked at all
        if not move._get_violated_lock_dates(date, has_tax=True):
            return False
        has_tax = move._affect_tax_report()
        locks = move._get_violated_lock_dates(
            move._get_accounting_date(date, has_tax), has_tax
        )
        if not locks:
            return False
        return self.env._(
            "%(invoice)s could not be completed: the books are locked up to %(date)s. "
            "Ask the accountant, or send it after that day.",
            invoice=self.display_name,
            date=format_date(self.env, locks[-1][0]),
        )

    def _ask_to_mend(self, reason):
        """Ask the responsible person to see to this invoice: one activity.

        :param reason: why, in each language
        """
        self.ensure_one()
        activities = self.activity_search([ACTIVITY])
        responsible = activities.user_id[:1] or self._get_responsible()
        theirs = self.with_context(lang=responsible.lang)
        # sudo: whose addresses are masked
        reason = self.sudo().payment_message_ids._mask_addresses(
            in_language(reason, responsible.lang)
        )
        note = Markup("<p>%s</p><p>%s</p>") % (reason, theirs._get_ways_out())
        if activities:
            activities.note = note
        elif responsible:
            self.activity_schedule(
                ACTIVITY,
                summary=theirs.env._("The payment message needs you"),
                note=note,
                user_id=responsible.id,
            )

    def _get_ways_out(self):
        """Return which buttons of the invoice help."""
        self.ensure_one()
        if self.state == "posted":
            return self.env._(
                "Correct the contact if need be, then press Send Again or Other "
                "Channel on the invoice."
            )
        if self._is_paid():
            return self.env._(
                "The client has paid. Mend this, then press Complete Invoice."
            )
        if self.payment_message_state == "delivered":
            return self.env._(
                "The client has the message. Mend this, then press Complete Invoice; "
                "or press Bill Externally."
            )
        return self.env._(
            "Correct the contact if need be, then press Send Again or Other Channel on "
            "the invoice; or press Complete Invoice or Bill Externally."
        )

    def _mended(self):
        """Take back what was asked of the responsible person."""
        if not self:
            return
        self.activity_unlink([ACTIVITY, REMINDER_ACTIVITY])
        # sudo: who completes, cancels or pays an invoice need not see its messages
        moves = self.sudo()
        moves.payment_message_line_ids.filtered("is_unsolved").is_unsolved = False
        moves._forget_completion()

    def _invoice_paid_hook(self):
        """Override of `account`: what is paid asks nobody any more."""
        result = super()._invoice_paid_hook()
        self._filter_billing()._mended()
        return result

    def _is_settled(self):
        """Return whether nothing is left to be paid: it is paid, or credited."""
        self.ensure_one()
        return self._is_paid() or (self.state == "posted" and self._is_credited())

    def _get_responsible(self):
        """Return the user whom this invoice asks: one who may see it."""
        self.ensure_one()
        for user in (self.company_id.payments_responsible_id, self.invoice_user_id):
            if user and user.active and self.with_user(user).has_access("read"):
                return user
        return self.env["res.users"]

    def _get_crediting_user(self):
        """Return the user who is asked to credit this invoice: one who can.

        The responsible person, the practitioner or who is at it, if an accountant;
        else the first of the company's. Where there is none, who else may see to it.
        """
        self.ensure_one()
        company = self.company_id
        accountants = self.env.ref("account.group_account_invoice").all_user_ids
        accountants = accountants.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        )
        known = (company.payments_responsible_id, self.invoice_user_id, self.env.user)
        for user in (*known, *accountants.sorted("id")):
            if user in accountants:
                return user
        return self._get_responsible() or self.env.user

    def _ask_to_credit(self, describe=None):
        """Ask the responsible person, once, to credit this invoice.

        :param describe: called with the environment of who reads it, returns why;
            default: its appointment was cancelled
        """
        self.ensure_one()
        if self.activity_search([CREDIT_ACTIVITY]):
            return
        responsible = self._get_crediting_user()
        theirs = self.with_context(lang=responsible.lang)
        self.activity_schedule(
            CREDIT_ACTIVITY,
            summary=describe(theirs.env)
            if describe
            else theirs.env._("Credit this invoice: its appointment was cancelled"),
            user_id=responsible.id,
        )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _lack_analytic_distribution(self):
        """Return whether *Confirm* would ask for one on these lines, of one invoice."""
        try:
            self.with_context(validate_analytic=True)._validate_analytic_distribution()
        except ValidationError:
            return True
        return False
