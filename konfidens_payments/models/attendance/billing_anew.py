from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import quietly
from ..booking.calendar_event import GROUPS
from ..invoice.attention import CREDIT_ACTIVITY

ACCOUNTANTS = "account.group_account_invoice"


class KonfidensPaymentBooking(models.Model):
    """Marks that come after the payer was told: it is credited, and billed anew."""

    _inherit = "konfidens.payment.booking"

    def _describe_otherwise(self):
        """Return that its invoice charges something else than was marked since."""
        self.ensure_one()
        return self.env._(
            "%(invoice)s says something else than was marked since: an accountant "
            "presses Credit and Bill as Marked on it.",
            invoice=self.invoice_id.display_name,
        )

    def _bill_anew(self):
        """Bill what is charged now, where the payer was told something else.

        A draft is replaced at once, with all that it bills. What is completed is
        credited by who may; others ask an accountant.
        """
        drafts = self.filtered(lambda one: one.invoice_id.state == "draft")
        credited = (self - drafts).filtered(lambda one: one.invoice_id._is_credited())
        posted = (self - drafts - credited).invoice_id.filtered("is_marked_otherwise")
        replaced = drafts.invoice_id.booking_ids
        if replaced:
            replaced._give_up_drafts()
        charged = (replaced | credited).filtered(
            lambda one: one.price and not one._is_called_off()
        )
        if charged:
            charged._create_draft_invoices()._schedule_unattended()
        if posted and self.env.user.has_group(ACCOUNTANTS):
            posted.sudo(False).action_bill_as_marked()
        else:
            for move in posted:
                move._ask_to_credit(
                    lambda theirs: theirs._(
                        "It was marked since who came: press Credit and Bill as Marked"
                    )
                )


class AccountMove(models.Model):
    """Completed invoices that charge something else than what was marked since."""

    _inherit = "account.move"

    is_marked_otherwise = fields.Boolean(
        compute="_compute_is_marked_otherwise",
        compute_sudo=True,
        export_string_translation=False,
        groups=GROUPS,
        help="A fee is to be billed instead, or no fee any more.",
    )

    @api.depends(
        "booking_ids.attendance_on",
        "booking_ids.price",
        "booking_ids.fee_product_id",
        "line_ids.price_unit",
        "reversal_move_ids.state",
        "payment_state",
        "state",
    )
    def _compute_is_marked_otherwise(self):
        for move in self:
            otherwise = (
                move.state == "posted"
                and move.move_type == "out_invoice"
                and not move._is_credited()
                and move.line_ids._find_marked_otherwise()
            )
            move.is_marked_otherwise = bool(otherwise) and not (
                otherwise._are_credited_by_hand()
            )

    # === ACTION METHODS === #

    def action_bill_as_marked(self):
        """Credit completed invoices, bill what was marked since, and tell the payers.

        Nothing is billed of who owes nothing any more. Where something was credited
        before, the payer is told once somebody has looked at the draft: it bills that,
        too.

        :return: a window action on the new drafts, or nothing
        :raises AccessError: only accountants credit
        :raises UserError: an invoice says what was marked, or is credited already
        """
        self.check_access("write")
        self._lock_for_payment()
        moves = self.sudo()  # sudo: access was checked; what was marked of the bookings
        for move in moves:
            if not move.is_marked_otherwise:
                raise UserError(
                    self.env._(
                        "%(invoice)s says what was marked, or is credited already, so "
                        "there is nothing to bill anew.",
                        invoice=move.display_name,
                    )
                )
        owing = moves.filtered(
            lambda move: (
                any(
                    booking.price and not booking._is_called_off()
                    for booking in move.booking_ids
                )
                or move._bills_besides(move.booking_ids)
            )
        ).with_env(self.env)
        (self - owing)._credit_whole()
        if not owing:
            return None
        whole = owing.filtered(lambda move: not move._get_credits())
        action = owing.action_credit_and_invoice_anew()
        # sudo: of the drafts that were made now, whose old invoices were told
        drafts = whole.sudo().booking_ids.invoice_id
        drafts.filtered(lambda move: move.state == "draft")._schedule_unattended()
        return action

    # === BUSINESS METHODS === #

    def _credit_whole(self):
        """Credit what is left of these invoices, with nothing in their place."""
        for dialog in self._make_reversals():
            dialog.reverse_moves()
            for note in dialog.new_move_ids:
                note._subtract(note.reversed_entry_id._get_credits() - note)
            dialog.new_move_ids.action_post()

    def _follow_marks(self):
        """Let drafts that were made anew charge what was marked since.

        What was called off is billed no more, where something else still is.
        """
        for line in self.line_ids._find_marked_otherwise():
            quietly(line.move_id)._follow_booking(
                line.booking_id, label_changed=True, price_changed=True
            )
        for move in self:
            called_off = move.booking_ids.filtered(lambda one: one._is_called_off())
            if called_off and (
                move.booking_ids - called_off or move._bills_besides(called_off)
            ):
                move._leave_out(called_off)

    def _take_back_credit_activities(self):
        """Take back what accountants were asked about these; return whose it was."""
        activities = self.activity_search([CREDIT_ACTIVITY])
        asked = self.browse(activities.mapped("res_id"))
        activities.unlink()
        return asked

    def _stop_asking_to_credit(self):
        """Take back what accountants were asked about these, where all holds again."""
        self.filtered(
            lambda move: (
                not move.is_marked_otherwise
                and not any(booking._is_called_off() for booking in move.booking_ids)
            )
        )._take_back_credit_activities()

    def _ask_to_credit_called_off(self):
        """Ask again where an appointment is called off, and it is not credited yet."""
        for move in self:
            if (
                move.state == "posted"
                and not move._is_credited()
                and any(booking._is_called_off() for booking in move.booking_ids)
            ):
                move._ask_to_credit()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _find_marked_otherwise(self):
        """Return those of these lines that charge something else than was marked."""
        return self.filtered(
            lambda line: (
                line.booking_id.attendance_on
                and line.booking_id.attendance != "cancelled"
                and (
                    line.product_id != line.booking_id._get_billed_product()
                    or not line._charges_marked_price()
                )
            )
        )

    def _get_charged(self):
        """Return what this line charges, as the booking's price says it.

        No discount lessens a fee; of the appointment's price it is taken off.
        """
        self.ensure_one()
        part = 1 - self.discount / 100 if self.booking_id.has_fee else 1.0
        return self.price_unit * self.quantity * part

    def _charges_marked_price(self):
        """Return whether this line charges the price of what was marked."""
        charged = self._get_charged()
        return not self.currency_id.compare_amounts(
            charged, self._get_booked_price()
        ) or not (
            # as it is: typed on the draft, or taxed otherwise when it was completed
            self.booking_id.has_fee
            or self.currency_id.compare_amounts(charged, self.booking_id.price)
        )

    def _are_credited_by_hand(self):
        """Return whether credit notes leave just what was marked, of one invoice.

        Of each of these bookings, or of all that it bills.
        """
        move, credits = self.move_id, self.move_id._get_credits()
        if not credits:
            return False
        same = move.currency_id.compare_amounts
        off = {
            line: line.price_total * (1 - line._get_booked_price() / charged)
            for line in self
            if (charged := line._get_charged())
        }
        taken = credits.line_ids.grouped("credited_booking_id")
        whole = sum(credits.mapped("amount_total"))
        return not same(whole, sum(off.values())) or (
            bool(off)
            and all(
                line.booking_id in taken
                and not same(sum(taken[line.booking_id].mapped("price_total")), amount)
                for line, amount in off.items()
            )
        )
