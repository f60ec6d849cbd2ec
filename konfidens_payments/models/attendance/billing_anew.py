from odoo import api, fields, models

from ...tools import quietly
from ..booking.calendar_event import GROUPS

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

        A draft is replaced at once. What is completed is credited by who may; others
        ask an accountant.
        """
        drafts = self.filtered(lambda one: one.invoice_id.state == "draft")
        posted = (self - drafts).invoice_id
        if drafts:
            drafts._give_up_drafts()
            charged = drafts.filtered("price")
            charged._create_draft_invoices()._schedule_unattended()
        if posted and self.env.user.has_group(ACCOUNTANTS):
            posted.sudo(False).action_bill_as_marked()
        else:
            for move in posted:
                move._ask_to_bill_as_marked()


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
        "state",
    )
    def _compute_is_marked_otherwise(self):
        for move in self:
            move.is_marked_otherwise = bool(
                move.state == "posted"
                and not move._is_credited()
                and move.line_ids._find_marked_otherwise()
            )

    def action_bill_as_marked(self):
        """Credit completed invoices, bill what was marked since, and tell the payers.

        Nothing is billed of who owes nothing any more.

        :return: a window action on the new drafts, or nothing
        :raises AccessError: only accountants credit
        :raises UserError: an invoice is credited already
        """
        self.check_access("write")
        owing = self.filtered(
            lambda move: (
                any(move.sudo().booking_ids.mapped("price"))  # sudo: what is charged
                or move._bills_besides(move.sudo().booking_ids)
            )
        )
        (self - owing)._credit_whole()
        if not owing:
            return None
        action = owing.action_credit_and_invoice_anew()
        # sudo: of the drafts that were made now, whose old invoices were told
        owing.sudo().booking_ids.invoice_id._schedule_unattended()
        return action

    def _credit_whole(self):
        """Credit all of these invoices, with nothing in their place."""
        for journal, moves in self.grouped("journal_id").items():
            local = moves.with_context(
                tz=moves[0]._get_company_tz(),
                active_model=moves._name,
                active_ids=moves.ids,
            )
            wizard = local.env["account.move.reversal"].create(
                {"journal_id": journal.id}
            )
            wizard.reverse_moves()
            wizard.new_move_ids.action_post()

    def _follow_marks(self):
        """Let drafts that were made anew charge what was marked since."""
        for line in self.line_ids._find_marked_otherwise():
            quietly(line.move_id)._follow_booking(
                line.booking_id, label_changed=True, price_changed=True
            )

    def _ask_to_bill_as_marked(self):
        """Ask an accountant, once, to credit this invoice and bill the fee."""
        self._ask_to_credit(
            lambda theirs: theirs._(
                "It was marked since who came: press Credit and Bill as Marked"
            )
        )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _find_marked_otherwise(self):
        """Return those of these lines that charge something else than was marked."""
        return self.filtered(
            lambda line: (
                line.booking_id.attendance_on
                and (
                    line.product_id != line.booking_id._get_billed_product()
                    or line.currency_id.compare_amounts(
                        line._prepare_shown_price()["price"], line.booking_id.price
                    )
                )
            )
        )
