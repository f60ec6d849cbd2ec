from datetime import datetime

from odoo import api, fields, models
from odoo.fields import Command, Domain

from ..booking.calendar_event import GROUPS


class AccountMove(models.Model):
    """The invoice's payment messages: asking for one, and where it stands."""

    _inherit = "account.move"

    payment_message_line_ids = fields.One2many(
        "konfidens.payment.message.line",
        "move_id",
        readonly=True,
        groups=GROUPS,
        export_string_translation=False,
    )
    payment_message_ids = fields.Many2many(
        "konfidens.payment.message",
        string="Payment Messages",
        compute="_compute_payment_message_ids",
        search="_search_payment_message_ids",
        groups=GROUPS,
    )
    payment_message_state = fields.Selection(
        selection=lambda self: (
            self.env["konfidens.payment.message"]
            ._fields["state"]
            ._description_selection(self.env)
        ),
        string="State of Payment Message",
        compute="_compute_payment_message_state",
        store=True,
        help="Where the latest payment message stands.",
        groups=GROUPS,
    )
    payment_message_story = fields.Char(
        compute="_compute_payment_message_story",
        compute_sudo=True,
        groups=GROUPS,
    )
    payment_message_earlier = fields.Text(
        compute="_compute_payment_message_story",
        compute_sudo=True,
        help="What became of the messages before, one in a line, the latest first.",
        groups=GROUPS,
    )
    payment_message_attention = fields.Boolean(
        compute="_compute_payment_message_story",
        compute_sudo=True,
        groups=GROUPS,
    )

    # === COMPUTE METHODS === #

    @api.depends("payment_message_line_ids.message_id")
    def _compute_payment_message_ids(self):
        for move in self:
            # the latest first
            lines = move.payment_message_line_ids.sorted("id", reverse=True)
            move.payment_message_ids = lines.message_id

    def _search_payment_message_ids(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        lines = self.env["konfidens.payment.message.line"]
        none = Domain.FALSE
        if operator == "in" and False in value:
            value = [message for message in value if message]
            none = Domain("id", "not in", lines._search([]).subselect("move_id"))
        lines = lines._search([("message_id", operator, value)])
        return none | Domain("id", "in", lines.subselect("move_id"))

    @api.depends("payment_message_line_ids.message_id.state")
    def _compute_payment_message_state(self):
        for move in self:
            move.payment_message_state = move._get_latest_payment_message().state

    @api.depends(
        "payment_message_line_ids.message_id.story",
        "payment_message_line_ids.is_unsolved",
        "payment_completion_date",
        "payment_completion_problem",
        "completes_after",
        "state",
    )
    @api.depends_context("lang", "tz")
    def _compute_payment_message_story(self):
        # `calendar` computes without prefetching: all that is told, in one query
        self.payment_message_line_ids.message_id.fetch(
            [
                "came_back",
                "channel",
                "company_id",
                "delivered_by",
                "delivered_date",
                "delivered_to",
                "failure_reason",
                "kind",
                "next_try_date",
                "partner_id",
                "scheduled_date",
                "sent_date",
                "state",
                "wanted_date",
            ]
        )
        for move in self:
            latest = move._get_latest_payment_message()
            problem = move._get_completion_story()
            story = latest.story
            if story and (note := move._get_start_note()):
                story = f"{story} {note}"
            move.payment_message_story = problem or story
            move.payment_message_earlier = "\n".join(
                message._get_dated_story()
                for message in move.payment_message_ids - latest
                if message.state != "cancelled" and message.kind == "payment"
            )
            move.payment_message_attention = bool(
                problem
                or (
                    latest.failure_reason
                    and move.state != "cancel"
                    and (
                        latest.state == "sent"
                        or move._get_booking_status() == "attention"
                    )
                )
            )

    # === CRUD METHODS === #

    def unlink(self):
        """Override of `account`: what told of this invoice alone goes with it."""
        # sudo: whoever may delete the draft need not see its messages
        messages = self.sudo().payment_message_ids
        result = super().unlink()
        messages.exists().filtered(lambda message: not message.line_ids).unlink()
        return result

    # === ACTION METHODS === #

    def action_send_payment_message(self):
        """Open the dialog that asks when the payment message shall go.

        In an automation rule, where nobody sees the dialog, the messages are scheduled
        by the company's timing; what cannot have a message is left out.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: one of the invoices cannot have a payment message
        """
        self._check_payment_access()
        if "__action_done" in self.env.context:
            self._schedule_unattended()
            return False
        self._check_can_be_messaged()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send Payment Message"),
            "res_model": "konfidens.payment.message.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_move_ids": self.ids,
                # sudo: access was checked; so that nobody is messaged twice because
                # two people have the dialog open
                "default_last_line_id": max(
                    self.sudo().payment_message_line_ids.ids, default=0
                ),
            },
        }

    # === BUSINESS METHODS === #

    def _schedule_unattended(self):
        # sudo: the caller checked the access
        moves = self.sudo().filtered(
            lambda move: not move._get_message_problem(move._get_default_channel())
        )
        for channel, batch in moves.grouped(
            lambda move: move._get_default_channel()
        ).items():
            batch._schedule_payment_message(False, channel)

    def _check_can_be_messaged(self, channel=None):
        """Check that a payment message can be asked for.

        :param channel: by which it shall go; default: the one proposed
        :raises UserError: with the reason for each invoice that cannot be
        """
        problems = [
            problem
            if len(self) == 1
            else self.env._(
                "%(client)s, %(date)s: %(problem)s",
                client=move.partner_id.display_name,
                date=move.payment_appointment or move.invoice_date,
                problem=problem,
            )
            for move in self.sudo()  # sudo: the callers checked the access
            if (
                problem := move._get_message_problem(
                    channel or move._get_default_channel()
                )
            )
        ]
        if problems:
            raise self.sudo()._refuse_messages(problems)

    def _get_message_problem(self, channel):
        """Return why no payment message can be asked for and what to do, or False."""
        self.ensure_one()
        if problem := self._get_message_obstacle():
            return problem
        if self.payment_message_state == "sent":
            return self.env._(
                "The payment message for %(invoice)s is on its way already.",
                invoice=self.display_name,
            )
        return self._get_sending_problem(channel)

    def _get_sending_problem(self, channel):
        """Return why a payment message that is due cannot leave, or False."""
        self.ensure_one()
        if (
            self.currency_id.compare_amounts(self._prepare_told_values()["amount"], 0)
            <= 0
        ):
            return self.env._(
                "%(invoice)s has nothing to pay. Set a price first.",
                invoice=self.display_name,
            )
        if problem := self._get_posting_problem():
            return self.env._(
                "%(invoice)s could not be completed: %(problem)s",
                invoice=self.display_name,
                problem=problem,
            )
        return self._get_sender_problem(channel) or self._get_address_problem(channel)

    def _get_leaving_problem(self, channel):
        """Return why a payment message cannot leave at this moment, or False."""
        return self._get_sending_problem(channel) or self._get_lock_problem()

    def _get_payment_reply_to(self):
        """Return to whom the payer answers, as the company chose; False: to Odoo.

        What concerns several practitioners is answered to the practice.
        """
        company = self.company_id
        practitioners = self.booking_ids.user_id or self.invoice_user_id
        if (
            company.payments_reply_to == "practitioner"
            and len(practitioners) == 1
            and practitioners.email
        ):
            return practitioners.email_formatted
        return company.email and company.email_formatted

    def _wants_payment_message(self):
        """Return whether a payment message that is scheduled shall still go."""
        self.ensure_one()
        return self.company_id.payments_active and not self._get_message_obstacle()

    def _schedule_payment_message(
        self, scheduled_date, channel=None, at_any_hour=False
    ):
        """Schedule a payment message for each invoice, instead of one scheduled before.

        :param scheduled_date: when it shall leave (UTC, naive); False: each by the
            company's timing
        :param channel: ``email``, ``sms`` or ``both``; default: the company's
        :param at_any_hour: whether somebody wants it to go outside the usual hours
        :return: the new `konfidens.payment.message` records
        """
        if not self:
            return self.env["konfidens.payment.message"]
        self.payment_message_ids._cancel_scheduled()
        self._mended()
        # so that the database sees what is over before what begins
        self.payment_message_line_ids.flush_recordset(["pending"])
        scheduled_date = fields.Datetime.to_datetime(scheduled_date)
        by_hand = scheduled_date and scheduled_date <= fields.Datetime.now()
        messages = self.env["konfidens.payment.message"]
        wanted = {
            "at_any_hour": at_any_hour,
            "turn": messages._get_turn(len(self), by_hand),
        }
        messages = messages.create(
            [
                {
                    **move._prepare_payment_message_values(scheduled_date, channel),
                    **wanted,
                }
                for move in self
            ]
        )
        messages._log(lambda message: message._describe_schedule())
        return messages

    def _schedule_again(self, choose):
        """Schedule the latest payment messages of these invoices once more, for now.

        :param choose: returns by which channel, called with that of the latest
        :return: the new `konfidens.payment.message` records
        :raises UserError: with the reason for each invoice that cannot have one
        """
        messages = self.env["konfidens.payment.message"]
        for channel, moves in self.grouped(
            lambda move: choose(move._get_latest_payment_message().channel)
        ).items():
            moves._check_can_be_messaged(channel)
            messages += moves._schedule_payment_message(fields.Datetime.now(), channel)
        return messages

    def _prepare_payment_message_values(self, scheduled_date, channel):
        self.ensure_one()
        return {
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "channel": channel or self._get_wanted_channel(),
            "scheduled_date": scheduled_date
            or self._get_first_booking()._get_payment_message_date(),
            "follows_appointment": not scheduled_date,
            "all_line_ids": [
                Command.create({"move_id": self.id, **self._prepare_told_values()})
            ],
        }

    def _prepare_told_values(self):
        """Return what a payment message tells of this invoice: values of its line."""
        self.ensure_one()
        return {
            "currency_id": self.currency_id.id,
            "amount_total": self.amount_total,
            # sudo: which entries paid it, for who may read what it comes to
            "amount": self.sudo()._get_amount_to_ask(),
        }

    def _get_latest_payment_message(self):
        """Return this invoice's last payment message that was not called off."""
        return self.payment_message_line_ids._get_latest().message_id

    def _get_first_appointment(self):
        """Return by what invoices are put in order: the time of the appointment."""
        self.ensure_one()
        return min(self.booking_ids.mapped("start"), default=datetime.min), self.id
