from odoo import api, fields, models
from odoo.tools import format_amount, format_date


class KonfidensPaymentMessage(models.Model):
    """What the payer is told, in the words of the practice's templates."""

    _inherit = "konfidens.payment.message"

    summary = fields.Char(
        compute="_compute_summary",
        help="For what it asks, in words that may leave the house.",
    )

    pay_note = fields.Char(
        compute="_compute_pay_note",
        help="From when it can be paid, where that is later, or until when, where that "
        "is known; in the words of a payer.",
    )
    told_text = fields.Html(
        "What Was Sent",
        compute="_compute_told_text",
        help="For who may see all invoices of which the message tells.",
    )

    @api.depends(
        "all_line_ids.move_id.completes_after", "all_line_ids.move_id.invoice_date_due"
    )
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_pay_note(self):
        for message in self:
            notes = [line.move_id._get_wait_sentence() for line in message.line_ids]
            moves = [line.move_id for line in message.line_ids]
            message.pay_note = next(filter(None, reversed(notes)), _get_due_note(moves))

    @api.depends("notification_ids.mail_message_id.body")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_told_text(self):
        for message in self:
            # sudo: for who may read all of what it tells
            known = message._origin.sudo()
            sent = known.notification_ids.mail_message_id
            readable = len(message.line_ids) == len(known.line_ids)
            message.told_text = readable and sent[:1].body

    @api.depends("all_line_ids.move_id.booking_ids", "all_line_ids.appointment")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_summary(self):
        for message in self:
            # one by one: read together with those of other messages
            lines = list(message.line_ids)
            count = sum(len(line.move_id.booking_ids) for line in lines)
            message.summary = (
                self.env._("your %(count)s appointments", count=count)
                if count > 1
                else self.env._(
                    "your appointment %(date)s",
                    date=lines[0].appointment if lines else "",
                )
            )


class KonfidensPaymentMessageLine(models.Model):
    _inherit = "konfidens.payment.message.line"

    def _describe_told_in_vain(self):
        """Return in words that the payer was told of what is cancelled since."""
        self.ensure_one()
        local = self.with_context(tz=self.move_id._get_company_tz())
        sent = fields.Datetime.context_timestamp(local, self.message_id.sent_date)
        return self.env._(
            "The client was told on %(date)s to pay %(amount)s; that invoice is "
            "cancelled.",
            date=format_date(self.env, sent.date()),
            amount=format_amount(self.env, self.amount_total, self.currency_id),
        )


def _get_due_note(moves):
    """Return until when completed invoices are to be paid, the first day, or False.

    :param moves: a list: read one by one they are read together
    """
    dues = [move._get_next_due_date() for move in moves if move.state == "posted"]
    if not moves or len(dues) < len(moves) or not all(dues):
        return False
    local = moves[0].with_context(tz=moves[0]._get_company_tz())
    due = min(dues)
    overdue = due < fields.Date.context_today(local)
    return moves[0]._get_due_sentence(due, overdue)
