from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_amount

from ..booking.calendar_event import GROUPS

# Who pays money back.
REFUNDING = (
    "konfidens_payments.group_payments_manager",
    "account.group_account_invoice",
)


class AccountMove(models.Model):
    """Paying back what was paid for an invoice that is credited."""

    _inherit = "account.move"

    amount_to_refund = fields.Monetary(
        compute="_compute_amount_to_refund",
        compute_sudo=True,
        groups=GROUPS,
        help="Of a credit note: what its payer had paid, and gets back.",
    )

    @api.depends(
        "amount_residual",
        "move_type",
        "payment_state",
        "reversed_entry_id.amount_residual",
        "reversed_entry_id.payment_state",
        "state",
    )
    def _compute_amount_to_refund(self):
        to_refund = self.filtered_domain(self._get_to_refund_domain())
        for move in self:
            move.amount_to_refund = move in to_refund and min(
                move.amount_residual, move.reversed_entry_id._get_owed_back()
            )

    @api.model
    def _get_to_refund_domain(self):
        """Return the domain of the credit notes that may have money behind them.

        What was not paid yet is credited on its invoice, and nothing is left of it.
        What was written off is not, and nobody paid it: see `amount_to_refund`.
        """
        return Domain(
            [
                ("move_type", "=", "out_refund"),
                ("state", "=", "posted"),
                ("payment_state", "in", ("not_paid", "partial")),
                ("reversed_entry_id.line_ids.booking_id", "!=", False),
            ]
        ) & (
            # reversed: where it was paid by the credit of another invoice
            Domain(
                "reversed_entry_id.payment_state",
                "in",
                ("paid", "in_payment", "reversed"),
            )
            # of what is disputed Odoo says no more than that
            | Domain("reversed_entry_id.payment_state", "=", "blocked")
            & Domain("reversed_entry_id.amount_residual", "=", 0)
        )

    # === ACTION METHODS === #

    @api.model
    def action_view_to_refund(self):
        """Open the credit notes whose money is to be paid back."""
        notes = self.search(self._get_to_refund_domain())
        # sudo: how much is owed; whose notes these are, the user's rights say
        owed = notes.sudo().filtered("amount_to_refund")
        action = self._open_invoices([("id", "in", owed.ids)])
        name = self.env._("To Refund")
        nothing = self.env._("Nothing is to be paid back.")
        return {
            **action,
            "name": name,
            "display_name": name,
            "help": Markup('<p class="o_view_nocontent_smiling_face">%s</p>') % nothing,
        }

    def action_mark_refunded(self):
        """Open the dialog that pays back the money behind this credit note.

        :raises AccessError: the user may not pay money back
        :raises UserError: nothing is to be paid back
        """
        self.ensure_one()
        self._check_refund_access()
        move = self.sudo()  # sudo: access was checked
        if problem := move._get_refund_obstacle():
            raise UserError(problem)
        return self.env["konfidens.payment.refund.wizard"]._open_for(move)

    # === BUSINESS METHODS === #

    def _check_refund_access(self):
        """:raises AccessError: unless the user may pay back what this one credits."""
        self.check_access("read")
        # sudo: which bookings these are; what the user may do with them is checked
        bookings = self.sudo().reversed_entry_id.booking_ids.with_env(self.env)
        bookings._check_can_bill()
        if not any(map(self.env.user.has_group, REFUNDING)):
            raise AccessError(
                self.env._(
                    "Money is paid back by an accountant or an administrator of "
                    "Payments."
                )
            )

    def _get_refund_obstacle(self):
        """Return why nothing is paid back, in words, or False."""
        self.ensure_one()
        if not self.amount_to_refund:
            return self.env._(
                "%(note)s has no money behind it that is to be paid back.",
                note=self.display_name,
            )
        if problem := self._get_provider_problem():
            return problem
        return False

    def _get_note_to_refund(self):
        """Return the first credit note of this invoice that is to be paid back."""
        self.ensure_one()
        return self._get_credits().filtered("amount_to_refund")[:1]

    def _is_refunded(self):
        """Return whether what this credited invoice brought was paid back."""
        self.ensure_one()
        credits = self._get_credits()
        return not any(credits.mapped("amount_to_refund")) and any(
            note._get_payment_lines() for note in credits
        )

    def _lock_for_refund(self, left, asked_on):
        """Keep others from paying this back meanwhile.

        :param left: what was to be paid back when the user looked
        :param asked_on: when a payment provider had been asked to, as the user knows
        :raises UserError: somebody else is at it, or it is paid back already
        """
        self._lock_for_payment()
        if problem := self._get_refund_obstacle():
            raise UserError(problem)
        if self.refund_asked_on != asked_on:
            raise UserError(
                self.env._(
                    "Somebody has asked the payment provider meanwhile. Close this "
                    "window and look again."
                )
            )
        if self.currency_id.compare_amounts(self.amount_to_refund, left):
            raise UserError(
                self.env._(
                    "What is to be paid back has changed meanwhile: it is %(left)s "
                    "now. Close this window and look again.",
                    left=format_amount(
                        self.env, self.amount_to_refund, self.currency_id
                    ),
                )
            )

    def _mark_refunded(self, method, day, left, asked_on):
        """Book that the money behind this credit note was paid back.

        :param method: the `konfidens.payment.method` by which it was
        :param day: when
        :param left: as in `_lock_for_refund`
        :param asked_on: as in `_lock_for_refund`
        :return: the `account.payment`, with all rights
        :raises UserError: nothing is changed
        """
        self.ensure_one()
        self._lock_for_refund(left, asked_on)
        self._check_method(method)
        lines = method.journal_id.outbound_payment_method_line_ids
        line = lines.filtered(lambda line: line.code == "manual")[:1]
        if not line:
            raise UserError(
                self.env._(
                    "Nothing can be paid back by %(method)s: its journal has no "
                    "outgoing payment method. Ask your accountant.",
                    method=method.name,
                )
            )
        if not day or day > self._get_desk_day():
            raise UserError(
                self.env._("Choose the day on which it was paid back, not one to come.")
            )
        payment = self._register_payment(method, left, day, line)
        if self.amount_to_refund:
            raise UserError(
                self.env._(
                    "The payment could not be booked on this credit note. Ask your "
                    "accountant to look at the journal of %(method)s.",
                    method=method.name,
                )
            )
        self._message_log(
            body=self._in_practice_language().env._(
                "%(amount)s paid back by %(method)s.",
                amount=format_amount(self.env, left, self.currency_id),
                method=method.name,
            )
        )
        return payment
