from odoo import models
from odoo.fields import Domain
from odoo.tools import format_date


class AccountMove(models.Model):
    """Why nobody is reminded of an invoice, whoever wants it: by itself, or by hand."""

    _inherit = "account.move"

    def _get_reminder_obstacles(self, ahead=False, under_way=False):
        """Return why payers are not reminded of these invoices.

        The one place that says so: for the button, for what goes by itself (see
        `_get_reminder_pauses`), and for what is scheduled, when it leaves.

        :param ahead: whether one that is not due yet may be reminded of later
        :param under_way: whether a reminder of each is scheduled or leaving: one that
            has no address then fails, and asks somebody
        :return: dict from the invoice's id to words, without those that may be
        """
        credits = self._get_waiting_credits()
        problems = {
            move.id: move._get_reminder_obstacle(credits.get(move.id, 0.0))
            or (move._get_archived() if under_way else move._get_unreachable())
            or (not ahead and move._get_due_obstacle())
            for move in self
        }
        return {key: problem for key, problem in problems.items() if problem}

    def _get_reminder_obstacle(self, credit):
        """Return why this is not reminded of, or False.

        :param credit: what waits for the payer, in the company's currency
        """
        self.ensure_one()
        return (
            self._get_reminder_settled()
            or self._get_reminders_off()
            or self._get_reminder_payment(credit)
        )

    def _get_reminder_settled(self):
        """Return why nobody has to pay this invoice now, or False."""
        name = self.display_name
        if problem := self._get_payment_obstacle():
            return problem
        if self.state == "draft":
            return self.env._(
                "%(invoice)s is not completed, so it is not due yet.", invoice=name
            )
        if self._is_settled():
            return self.env._("%(invoice)s is paid or credited.", invoice=name)
        if problem := self._get_credit_not_taken():
            return problem
        if self.is_marked_otherwise:
            return self._get_first_booking()._describe_otherwise()
        if self.payment_state == "blocked":
            return self.env._(
                "%(invoice)s is blocked, since the client disputes it, say. Unblock it "
                "to go on.",
                invoice=name,
            )
        return False

    def _get_reminders_off(self):
        """Return why no reminder of this invoice is wanted, or False."""
        if not self.company_id.payments_active:
            return self.env._("Payments are not active in this company.")
        if self.no_followup:
            return self.env._(
                "Reminders of this invoice are stopped. Press Resume Reminders to go "
                "on."
            )
        if self.partner_id.payments_no_reminders:
            return self.env._(
                "%(payer)s is sent no reminders: the contact says so.",
                payer=self.partner_id.display_name,
            )
        return False

    def _get_reminder_payment(self, credit):
        """Return which money is on its way or waits for this invoice, or False."""
        if self._get_pending_transactions():
            return self.env._("An online payment is being processed.")
        if self.reversal_move_ids.filtered(lambda move: move.state == "draft"):
            return self.env._(
                "A credit note of it is a draft still. Confirm it, or delete it."
            )
        currency = self.company_currency_id
        if currency.compare_amounts(credit, self.amount_residual_signed) >= 0:
            return self.env._(
                "%(payer)s has a credit that covers it. An accountant adds it to the "
                "invoice.",
                payer=self.partner_id.display_name,
            )
        return False

    def _get_unreachable(self):
        """Return why the payer cannot be reached, with what to do, or False."""
        self.ensure_one()
        channel = self._get_reminder_channel()
        return self._get_archived() or self._get_address_problem(channel)

    def _get_archived(self):
        payer = self.partner_id
        return not payer.active and self.env._(
            "%(payer)s is archived. Restore the contact, or stop the reminders.",
            payer=payer.display_name,
        )

    def _get_due_obstacle(self):
        """Return that this invoice is not overdue, or not any more, or False."""
        due = self._get_first_due_date()
        if due and due < self._get_reminder_today():
            return False
        return self.env._(
            "%(invoice)s is due on %(date)s only.",
            invoice=self.display_name,
            date=format_date(self.env, due),
        )

    def _get_waiting_credits(self):
        """Return what the payers of these invoices have to their credit.

        Credit notes and payments that no invoice has taken yet, with one query. What
        covers what is longest overdue covers nothing else.

        :return: dict from the invoice's id to an amount in its company's currency
        """
        unpaid = self.filtered(lambda move: move._is_unpaid())
        if not unpaid:
            return {}
        rows = self.env["account.move.line"]._read_group(
            Domain("parent_state", "=", "posted")
            & Domain("account_type", "=", "asset_receivable")
            & Domain("partner_id", "in", unpaid.commercial_partner_id.ids)
            & Domain("company_id", "in", unpaid.company_id.ids)
            & Domain("reconciled", "=", False)
            & Domain("amount_residual", "<", 0),
            ["company_id", "partner_id"],
            ["amount_residual:sum"],
        )
        credits = {(company, partner): -amount for company, partner, amount in rows}
        left = {}
        if credits:
            # sudo: also of practitioners who are no business of this user's
            theirs = self.sudo().search(
                self._get_unpaid_domain()
                & Domain(
                    "commercial_partner_id", "in", unpaid.commercial_partner_id.ids
                )
                & Domain("company_id", "in", unpaid.company_id.ids)
            )
            theirs = theirs.filtered(lambda move: move._is_unpaid())
            for move in theirs.sorted(lambda one: (one._get_first_due_date(), one.id)):
                key = move.company_id, move.commercial_partner_id
                left[move.id] = credits.get(key, 0.0)
                if left[move.id] >= move.amount_residual_signed:
                    credits[key] -= move.amount_residual_signed
        return {move.id: left.get(move.id, 0.0) for move in unpaid}
