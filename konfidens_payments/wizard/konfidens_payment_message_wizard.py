from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formataddr

from ..models.practice.res_company import CHANNELS
from ..tools import format_coming, format_moment, next_full_hour, say

# Of more than these the dialog says how many there are.
RECIPIENTS_NAMED = 10


class KonfidensPaymentMessageWizard(models.TransientModel):
    _name = "konfidens.payment.message.wizard"
    _description = "Send Payment Message"

    move_ids = fields.Many2many("account.move", string="Invoices", required=True)
    send_mode = fields.Selection(
        [
            ("now", "Now"),
            ("timing", "As set by the practice"),
            ("later", "At a date and time"),
        ],
        "Send",
        default="now",
        required=True,
    )
    # the latest line of a payment message when the dialog opened
    last_line_id = fields.Integer(
        default=lambda self: self._get_last_line_id(),
        export_string_translation=False,
    )
    scheduled_date = fields.Datetime(
        "Date and Time", default=lambda self: next_full_hour()
    )
    channel = fields.Selection(
        CHANNELS,
        "By",
        compute="_compute_channel",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    timing_date = fields.Datetime(
        "Goes Out", compute="_compute_timing_date", help="By the practice's timing."
    )
    recipient = fields.Char("To", compute="_compute_preview")
    count_note = fields.Char("Messages", compute="_compute_preview")
    start_note = fields.Char(
        compute="_compute_preview", export_string_translation=False
    )
    quiet_until = fields.Datetime(
        compute="_compute_quiet_until", export_string_translation=False
    )
    quiet_note = fields.Char(
        compute="_compute_quiet_until", export_string_translation=False
    )
    subject = fields.Char(compute="_compute_preview")
    body = fields.Html("E-mail", compute="_compute_preview", sanitize=False)
    sms_body = fields.Text("SMS", compute="_compute_preview")

    @api.model
    def _get_last_line_id(self):
        # sudo: which number it has, and no more
        lines = self.env["konfidens.payment.message.line"].sudo()
        return lines.search([], order="id desc", limit=1).id

    @api.depends("move_ids")
    def _compute_channel(self):
        for wizard in self:
            wizard.channel = wizard._get_checked_moves()._get_default_channel()

    @api.depends("move_ids")
    def _compute_timing_date(self):
        for wizard in self:
            booking = wizard._get_checked_moves().booking_ids[:1]
            wizard.timing_date = booking and booking._get_payment_message_date()

    @api.depends("move_ids", "channel", "send_mode")
    def _compute_preview(self):
        for wizard in self:
            moves = wizard._get_checked_moves()
            wizard.recipient = wizard._name_recipients(moves.partner_id)
            messages = wizard._preview(moves)
            wizard.count_note = wizard._get_count_note(messages)
            wizard.start_note = wizard._get_start_note(moves)
            first = messages[:1]
            template = first.env.ref("konfidens_payments.mail_template_payment")
            rendered = template._generate_template(
                first._ids, ("subject", "body_html")
            ).get(first.id, {})
            wizard.subject = rendered.get("subject")
            wizard.body = rendered.get("body_html")
            wizard.sms_body = first._render_sms().get(first.id)

    @api.depends("move_ids", "channel", "send_mode", "scheduled_date")
    def _compute_quiet_until(self):
        for wizard in self:
            messages = wizard._preview(wizard._get_checked_moves())
            if wizard.send_mode == "later" and wizard.scheduled_date:
                messages.scheduled_date = wizard.scheduled_date
            wizard.quiet_until = messages._get_quiet_until()
            wizard.quiet_note = wizard._get_quiet_note()

    def _get_quiet_note(self):
        """Return that the message meets quiet hours, and what becomes of it, or False.

        Of several, when the last of them goes.
        """
        self.ensure_one()
        if not self.quiet_until:
            return False
        moment = format_coming(self.env, self.quiet_until)
        if self.send_mode == "now":
            return self.env._(
                "These are quiet hours. Wait, and it goes out %(moment)s by itself; or "
                "send it now all the same.",
                moment=moment,
            )
        return self.env._(
            "These are quiet hours then: it goes out %(moment)s.", moment=moment
        )

    def _get_checked_moves(self):
        """Return the invoices with all rights, to show what the client will get.

        :raises AccessError: the user may not bill what one of them bills
        """
        # Also where it is computed as superuser, as stored fields are.
        moves = self.move_ids._origin.sudo(False)
        moves._check_payment_access()
        return moves.sudo()  # sudo: access was checked

    def _preview(self, moves):
        """Return the payment messages as they will leave, which do not exist yet."""
        self.ensure_one()
        date = False if self.send_mode == "timing" else fields.Datetime.now()
        joined = {}
        for move in moves.sorted(lambda move: move._get_first_appointment()):
            values = move._prepare_payment_message_values(date, self.channel)
            key = (
                move.company_id,
                move.partner_id,
                move.currency_id,
                # to the minute: what is due already goes at once
                values["scheduled_date"].replace(second=0, microsecond=0),
            )
            if not (
                move.company_id.payments_together
                and move.payment_message_ids._may_go_together(self.channel)
            ):
                key = move
            lines = joined.setdefault(key, {**values, "all_line_ids": []})
            lines["all_line_ids"] += values["all_line_ids"]
        messages = self.env["konfidens.payment.message"].with_env(moves.env)
        return messages.concat(*map(messages.new, joined.values()))

    def _get_count_note(self, messages):
        """Return how many messages go, where it is not one for one invoice."""
        self.ensure_one()
        if len(messages) > 1:
            return self.env._(
                "%(count)s messages. This is the first:", count=len(messages)
            )
        if len(messages.line_ids) > 1:
            return self.env._(
                "One message for %(count)s invoices", count=len(messages.line_ids)
            )
        return False

    def _get_start_note(self, moves):
        """Return from when what is taxed can be paid, or False.

        :param moves: the invoices; of several the last one counts
        """
        early = moves.filtered(lambda move: move._has_not_begun())
        return (
            early.sorted("completes_after")[-1:]._get_start_note() if early else False
        )

    def _name_recipients(self, payers):
        """Return to whom it goes, in words; of many only the first."""
        recipients = self._get_recipients(payers)
        named = ", ".join(recipients[:RECIPIENTS_NAMED])
        if len(recipients) <= RECIPIENTS_NAMED:
            return named
        return self.env._(
            "%(recipients)s and %(count)s more",
            recipients=named,
            count=len(recipients) - RECIPIENTS_NAMED,
        )

    def _get_recipients(self, payers):
        """Return to whom it goes, by the channel that is chosen: a list of strings."""
        self.ensure_one()
        recipients = []
        for payer in payers:
            if self.channel in ("email", "both") and payer.email:
                recipients.append(formataddr((payer.display_name, payer.email)))
            if self.channel in ("sms", "both") and payer.phone:
                recipients.append(f"{payer.display_name} {payer.phone}")
        return recipients

    def action_confirm(self):
        """Schedule the payment message of each invoice, for now or for later.

        In quiet hours it waits until they are over.

        :return: the action that closes the dialog, and tells what keeps them from
            leaving
        :raises AccessError: the user may not bill these bookings
        :raises UserError: the time is past, or an invoice cannot have a message
        """
        return self._confirm()

    def action_send_anyway(self):
        """Send the payment messages now, since whoever presses it was asked.

        :return: see `action_confirm`
        :raises AccessError: as there
        :raises UserError: as there
        """
        return self._confirm(at_any_hour=True)

    def _confirm(self, at_any_hour=False):
        """Schedule the payment messages; see `action_confirm`.

        :param at_any_hour: whether what is sent now goes in quiet hours, too
        """
        self.ensure_one()
        now = fields.Datetime.now()
        if self.send_mode == "later" and (
            not self.scheduled_date or self.scheduled_date <= now
        ):
            raise UserError(
                self.env._("This time is past. Choose a later time, or send now.")
            )
        moves = self._get_checked_moves()
        moves._lock_for_payment()
        if any(
            line.id > self.last_line_id and line.state != "cancelled"
            for line in moves.payment_message_line_ids
        ):
            raise moves.payment_message_ids._changed_meanwhile()
        moves._check_can_be_messaged(self.channel)
        scheduled_date = {
            "now": now,
            "timing": False,
            "later": self.scheduled_date,
        }[self.send_mode]
        jobs = moves.payment_message_ids._look_at_sending(moves.company_id)
        count = len(self._preview(moves))
        messages = moves._schedule_payment_message(
            scheduled_date,
            self.channel,
            at_any_hour=at_any_hour and self.send_mode == "now",
        )
        close = {"type": "ir.actions.act_window_close"}
        if told := messages._tell(jobs):
            return told
        return say(self._describe_leaving(messages, count), close)

    def _describe_leaving(self, messages, count):
        """Return how many messages go, and when, in words.

        :param messages: what was scheduled, one for each invoice
        :param count: how many leave, where some go together
        """
        dates = sorted(messages.mapped("scheduled_date"))
        first, last = (format_moment(self.env, dates[index]) for index in (0, -1))
        if len(messages) == 1:
            payer = messages.partner_id.display_name
            if self.send_mode == "now":
                return self.env._(
                    "The payment message to %(payer)s goes out now.", payer=payer
                )
            return self.env._(
                "The payment message to %(payer)s goes out %(moment)s.",
                payer=payer,
                moment=format_coming(self.env, dates[0]),
            )
        if self.send_mode == "now" and count == 1:
            return self.env._(
                "1 payment message for %(invoices)s invoices goes out now.",
                invoices=len(messages),
            )
        if self.send_mode == "now":
            return self.env._("%(count)s payment messages go out now.", count=count)
        if first != last:
            return self.env._(
                "%(count)s payment messages are scheduled: the first goes out "
                "%(first)s, the last %(last)s.",
                count=count,
                first=first,
                last=last,
            )
        if count == 1:
            return self.env._(
                "1 payment message for %(invoices)s invoices goes out %(moment)s.",
                invoices=len(messages),
                moment=first,
            )
        return self.env._(
            "%(count)s payment messages go out %(moment)s.", count=count, moment=first
        )
