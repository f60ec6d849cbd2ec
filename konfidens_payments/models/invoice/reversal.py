from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .attention import CREDIT_ACTIVITY
from .told import ANEW


class AccountMove(models.Model):
    """Crediting the invoice of appointments, and making it anew.

    By our button and by Odoo's *Reverse and Create Invoice*: what is left of the
    invoice is credited, a draft with the same lines takes its bookings, and what was
    paid goes over to it.
    """

    _inherit = "account.move"

    # === ACTION METHODS === #

    def action_credit_and_invoice_anew(self):
        """Credit what is left of completed invoices, and make new drafts of them.

        :return: a window action on the new drafts
        :raises AccessError: only accountants credit
        :raises UserError: an invoice is not completed, or credited already
        """
        self.check_access("write")
        self._lock_for_payment()
        for move in self:
            if move.state != "posted" or move._get_booking_status() not in (
                "attention",
                "paid",
                "partial",
                "unpaid",
            ):
                raise UserError(
                    self.env._(
                        "%(invoice)s is not a completed invoice of an appointment, so "
                        "there is nothing to credit.",
                        invoice=move.display_name,
                    )
                )
        dialogs = self._make_reversals()
        for dialog in dialogs:
            dialog.modify_moves()
        drafts = self.browse().union(*(dialog.new_move_ids for dialog in dialogs))
        return drafts.with_env(self.env)._open_invoices()

    # === CREDITING === #

    def _make_reversals(self):
        """Return Odoo's dialogs that credit these, one for each journal, dated today.

        Today is the day where the practice is.
        """
        return [
            self.env["account.move.reversal"]
            .with_context(
                tz=moves[0]._get_company_tz(),
                active_model=moves._name,
                active_ids=moves.ids,
            )
            .create({"journal_id": journal.id})
            for journal, moves in self.grouped("journal_id").items()
        ]

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """Override of `account`: only what is left of an invoice is credited.

        Odoo credits all of it again that was credited in part, and what was credited
        before is then owed to the payer a second time.
        """
        partly = self._filter_billing().filtered(lambda move: move._get_credits())
        if not cancel or not partly:
            return super()._reverse_moves(default_values_list, cancel=cancel)
        values = dict(
            zip(self, default_values_list or [{} for _move in self], strict=True)
        )
        reversals = {}
        for moves in filter(None, (self - partly, partly)):
            whole = moves != partly
            if not whole:
                for move in moves:  # the credits stay with it
                    move._let_go_payments(move._get_payment_lines())
            reversed_moves = super(AccountMove, moves)._reverse_moves(
                [values[move] for move in moves], cancel=whole
            )
            reversals |= dict(zip(moves, reversed_moves, strict=True))
            if not whole:
                for move in moves:
                    reversals[move]._subtract(move._get_credits() - reversals[move])
                reversed_moves.with_context(move_reverse_cancel=True)._post(soft=False)
        return self.browse().concat(*(reversals[move] for move in self))

    def _get_documented_bookings(self):
        """Return the bookings that this invoice bills, or that its original billed."""
        self.ensure_one()
        move = self.sudo()  # sudo: what it says of them is for its payer to read
        bookings = move.booking_ids
        while not bookings and (move := move.reversed_entry_id):
            bookings = move.booking_ids
        return bookings

    def _hides_reference(self):
        """Return whether why it was made stays off what the payer gets.

        Of an appointment it may well say what is nobody's business.
        """
        self.ensure_one()
        return (
            self.move_type == "out_refund"
            and bool(self.reversed_entry_id)
            and bool(self._get_documented_bookings())
        )

    def _note_reason(self, reason):
        """Note on those of these that credit appointments why: the payer reads no note.

        :param reason: what somebody entered, or False
        """
        notes = self.filtered(lambda move: reason and move._hides_reference())
        by_lang = notes.grouped(lambda move: move._get_practice_lang())
        for lang, theirs in by_lang.items():
            words = theirs.with_context(lang=lang).env._(
                "Why it was credited: %(reason)s", reason=reason
            )
            theirs._message_log_batch(bodies=dict.fromkeys(theirs.ids, words))

    def _get_credits(self):
        """Return the posted credit notes of this invoice."""
        self.ensure_one()
        return self.reversal_move_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_refund"
        )

    def _subtract(self, credits):
        """Take off this draft credit note what other ones have credited already.

        What is left is credited to the cent, however its parts are rounded.
        """
        self.ensure_one()
        if not credits:
            return
        products = credits.invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
        )
        self._copy_lines(
            (
                line,
                {
                    "quantity": -line.quantity,
                    "credited_booking_id": line.credited_booking_id.id,
                },
            )
            for line in products
        )
        self.invoice_cash_rounding_id = False
        before = sum(credits.mapped("amount_total"))
        rest = self.reversed_entry_id.amount_total - before - self.amount_total
        if self.currency_id.is_zero(rest):
            return
        if taxes := self.line_ids.filtered("tax_line_id").sorted("balance"):
            taxes[-1].amount_currency += rest
        else:
            name = self._in_practice_language().env._("Rounding")
            values = {"name": name, "price_unit": rest, "quantity": 1, "tax_ids": False}
            self._copy_lines([(products[:1], values)])

    def _copy_lines(self, lines):
        """Add copies of lines to this draft credit note.

        :param lines: (line, other values) of each
        """
        commands = []
        for line, other in lines:
            [values] = line.copy_data({"move_id": self.id, **other})
            values.pop("amount_currency", None)  # follows from these
            commands.append(values)
        self.env["account.move.line"].create(commands)

    def _take_credits(self):
        """Pay this invoice by what of its credit notes nobody pays back."""
        self.ensure_one()
        credits = self._get_credits().filtered(
            lambda note: not (note.refund_asked_on or note._get_refunds_under_way())
        )
        open_lines = (self + credits).line_ids.filtered(
            lambda line: line.display_type == "payment_term" and not line.reconciled
        )
        for lines in open_lines.grouped("account_id").values():
            lines.reconcile()

    def _is_credited(self):
        """Return whether all of it was credited, also after it was paid."""
        self.ensure_one()
        credits = self._get_credits()
        if credits and (
            self.currency_id.compare_amounts(
                sum(credits.mapped("amount_total")), self.amount_total
            )
            >= 0
        ):
            return True
        # Odoo says so, too, of what is paid by the credit of another invoice
        return self.payment_state == "reversed" and not self._get_lent_credits()

    def _end_credited(self):
        """Take back what was asked of people about those that are credited by now."""
        credited = self._filter_billing().filtered(lambda move: move._is_credited())
        if credited:
            credited._mended()
            credited.activity_unlink([CREDIT_ACTIVITY])

    # === ANEW === #

    def copy_data(self, default=None):
        """Override of `account`: what is made anew takes the bookings of the old one.

        Only what replaces an invoice that is credited: a credit note bills nothing,
        and what is merely duplicated would be billed twice.
        """
        vals_list = super().copy_data(default)
        if not self.env.context.get("include_business_fields"):
            return vals_list
        for move, vals in zip(self, vals_list, strict=True):
            is_credit = bool((default or {}).get("reversed_entry_id"))
            if is_credit or not move._is_replaceable():
                for _command, _id, line_values in vals.get("line_ids", ()):
                    booking_id = line_values.pop("booking_id", None)
                    if is_credit and booking_id:
                        line_values["credited_booking_id"] = booking_id
            else:
                vals["invoice_user_id"] = move.invoice_user_id.id
        return vals_list

    def _is_replaceable(self):
        """Return whether another invoice may take the bookings of this one."""
        # sudo: which bookings it bills; they go to its copy, whoever credits it
        move = self.sudo()
        return (
            move.state == "posted"
            and move._is_credited()
            and move.booking_ids.invoice_id <= move
        )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _copy_data_extend_business_fields(self, values):
        """Override of `account`: the booking goes along, see `account.move`."""
        result = super()._copy_data_extend_business_fields(values)
        # sudo: as in `_is_replaceable`
        if booking := self.sudo().booking_id:
            values["booking_id"] = booking.id
            values["has_own_text"] = self.sudo().has_own_text
        return result

    def _reconcile_post_hook(self, data):
        """Override of `account`: what is credited asks nobody to credit it."""
        result = super()._reconcile_post_hook(data)
        data["not_paid_invoices"]._end_credited()
        return result


class AccountMoveReversal(models.TransientModel):
    """Odoo's dialog that credits invoices, and makes them anew."""

    _inherit = "account.move.reversal"

    keeps_reason = fields.Boolean(
        compute="_compute_keeps_reason", export_string_translation=False
    )

    @api.depends("move_ids")
    def _compute_keeps_reason(self):
        """Tell whether no payer reads the reason, see `_prepare_default_reversal`."""
        for dialog in self:
            moves = dialog.move_ids._origin
            dialog.keeps_reason = bool(moves) and all(
                move._get_documented_bookings() for move in moves
            )

    def _prepare_default_reversal(self, move):
        """Override of `account`: why it is credited is for the practice to read.

        The payer reads the reference: on the print, in the portal and in electronic
        invoices. Of an appointment the reason may well name the client, or say that
        she was ill.
        """
        values = super()._prepare_default_reversal(move)
        if move._get_documented_bookings():
            values["ref"] = move._in_practice_language().env._(
                "Reversal of: %(invoice)s", invoice=move.name
            )
        return values

    def reverse_moves(self, is_modify=False):
        """Override of `account`: what was paid goes over to the new invoices.

        Why it was credited is an internal note, see `_prepare_default_reversal`.

        :raises UserError: appointments are to be billed anew before it is credited
        """
        # sudo: which bookings they bill; who credits may credit them
        old = self.move_ids.filtered(lambda move: move.sudo().booking_ids)
        if is_modify and old and self.date > fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "An appointment is billed anew once its invoice is credited, and "
                    "on %(date)s it will be. Choose today.",
                    date=format_date(self.env, self.date),
                )
            )
        payments = {move: move._get_payment_lines() for move in old if is_modify}
        before = self.move_ids.reversal_move_ids
        with self.move_ids._marked(ANEW):
            action = super().reverse_moves(is_modify=is_modify)
        (self.move_ids.reversal_move_ids - before)._note_reason(self.reason)
        if is_modify:
            # sudo: as they are marked; who credits may bill them anew
            old.sudo().booking_ids.invoice_id.filtered(
                lambda move: move.state == "draft"
            )._follow_marks()
        for move, lines in payments.items():
            move._take_credits()
            # what was credited and paid back before stays paid by it
            move._take_payments(lines)
            new = move.sudo().booking_ids.invoice_id - move.sudo()
            if len(new) == 1 and new.state == "draft":
                new._take_payments(lines)
                new._ensure_pay_token()
        return action
