from odoo import models
from odoo.tools import format_list

ACTIVITY = "konfidens_payments.mail_activity_payment"
CREDIT_ACTIVITY = "konfidens_payments.mail_activity_credit"


class AccountMove(models.Model):
    """Invoices that need a person: why, and whom."""

    _inherit = "account.move"

    def _get_posting_problem(self):
        """Return what would make Odoo refuse to post this draft, or False.

        So that no client is told of an invoice that then cannot exist. After the
        checks of `account.move._post`; locked periods are shifted by Odoo itself.
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
        archived = lines.account_id.filtered(lambda account: not account.active)
        if archived:
            return self.env._(
                "the account %(accounts)s is archived.",
                accounts=format_list(self.env, archived.mapped("display_name")),
            )
        return False

    def _ask_to_mend(self, reason):
        """Ask the responsible person to see to this invoice: one activity."""
        self.ensure_one()
        activities = self.activity_search([ACTIVITY])
        if activities:
            activities.note = reason
        elif responsible := self._get_responsible():
            theirs = self.with_context(lang=responsible.lang)
            self.activity_schedule(
                ACTIVITY,
                summary=theirs.env._("The payment message needs you"),
                note=reason,
                user_id=responsible.id,
            )

    def _mended(self):
        """Take back what was asked of the responsible person."""
        self.activity_unlink([ACTIVITY])
        # sudo: who completes, cancels or pays an invoice need not see its messages
        self.sudo().payment_message_ids._mended()

    def _invoice_paid_hook(self):
        """Override of `account`: what is paid asks nobody any more."""
        result = super()._invoice_paid_hook()
        self.filtered("booking_ids")._mended()
        return result

    def _get_responsible(self):
        """Return the user whom this invoice asks: one who may see it."""
        self.ensure_one()
        for user in (self.company_id.payments_responsible_id, self.invoice_user_id):
            if user and user.active and self.with_user(user).has_access("read"):
                return user
        return self.env["res.users"]

    def _ask_to_credit(self):
        """Ask the responsible person, once, to credit a cancelled appointment's."""
        self.ensure_one()
        if self.activity_search([CREDIT_ACTIVITY]):
            return
        responsible = self._get_responsible() or self.env.user
        theirs = self.with_context(lang=responsible.lang)
        self.activity_schedule(
            CREDIT_ACTIVITY,
            summary=theirs.env._("Credit this invoice: its appointment was cancelled"),
            user_id=responsible.id,
        )
