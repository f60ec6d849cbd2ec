from datetime import datetime

from odoo import api, fields, models

from ..booking.calendar_event import GROUPS


class _Told(tuple):
    """Ids of the invoices of which one message tells each; for the context.

    Over RPC, where a context holds no such object, nobody adds up others' invoices.
    """


class AccountMove(models.Model):
    """What one payment message tells of several invoices of a payer."""

    _inherit = "account.move"

    payment_told_ids = fields.Many2many(
        "account.move",
        string="Told Together",
        compute="_compute_payment_told_ids",
        compute_sudo=True,
        help="The invoices of which one payment message tells; this one by itself.",
        groups=GROUPS,
    )
    payment_total = fields.Monetary(
        compute="_compute_payment_total",
        compute_sudo=True,
        help="What the payment message asks for.",
        groups=GROUPS,
    )
    payment_amount = fields.Monetary(
        compute="_compute_payment_amount",
        compute_sudo=True,
        help="What the payment message asks for this invoice: the rest, where some is "
        "paid.",
        groups=GROUPS,
    )
    payment_summary = fields.Char(
        compute="_compute_payment_summary",
        compute_sudo=True,
        help="For what a payment message asks, in words that may leave the house.",
        groups=GROUPS,
    )

    # === COMPUTE METHODS === #

    @api.depends("state", "amount_total", "amount_residual")
    def _compute_payment_amount(self):
        for move in self:
            move.payment_amount = move._get_amount_to_tell()

    @api.depends_context("konfidens_payments_together")
    def _compute_payment_told_ids(self):
        told = self.env.context.get("konfidens_payments_together")
        together = {
            move_id: move_ids
            for move_ids in (told if isinstance(told, _Told) else ())
            for move_id in move_ids
        }
        for move in self:
            move.payment_told_ids = self.browse(together.get(move.id, move.ids))

    # What is told together is locked or only shown: it does not change meanwhile.

    @api.depends("payment_amount")
    @api.depends_context("konfidens_payments_together")
    def _compute_payment_total(self):
        for move in self:
            move.payment_total = sum(move.payment_told_ids.mapped("payment_amount"))

    @api.depends("booking_ids", "payment_appointment")
    @api.depends_context("lang", "konfidens_payments_together")
    def _compute_payment_summary(self):
        for move in self:
            count = len(move.payment_told_ids.booking_ids)
            move.payment_summary = (
                self.env._("your %(count)s appointments", count=count)
                if count > 1
                else self.env._(
                    "your appointment %(date)s", date=move.payment_appointment
                )
            )

    # === CRUD METHODS === #

    def unlink(self):
        """Override of `account`: what told of others too stands on one of them."""
        # sudo: whoever may delete the draft need not see its messages
        for message in self.sudo().payment_message_ids.mail_message_ids:
            others = message.konfidens_payment_message_ids.move_id - self
            if others and message.res_id in self.ids:
                message.res_id = others[0].id
        return super().unlink()

    # === BUSINESS METHODS === #

    def _get_together_key(self, channel):
        """Return what invoices have in common of which one message tells.

        :param channel: ``email``, ``sms`` or ``both``
        """
        self.ensure_one()
        if not self.company_id.payments_together:
            return self
        return self.company_id, self.partner_id, self.currency_id, channel

    def _get_first_appointment(self):
        """Return by what invoices are put in order: the time of the appointment."""
        self.ensure_one()
        return min(self.booking_ids.mapped("start"), default=datetime.min), self.id

    def _tell_together(self, bundles):
        """Return these invoices for the templates of payment messages.

        :param bundles: record sets of the invoices of which one message tells each
        """
        told = _Told(tuple(bundle.ids) for bundle in bundles if len(bundle) > 1)
        return self.with_context(konfidens_payments_together=told)

    def _get_told_together(self):
        """Return this invoice, and those of which a message told the payer with it."""
        self.ensure_one()
        messages = self.payment_message_ids.filtered("sent_date")
        together = messages.mail_message_ids.konfidens_payment_message_ids.move_id
        return (self | together.filtered(self._is_for_same_payer)).sorted(
            lambda move: move._get_first_appointment()
        )

    def _is_for_same_payer(self, other):
        self.ensure_one()
        return other.partner_id == self.partner_id
