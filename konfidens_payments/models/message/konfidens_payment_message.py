from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from ...tools import format_moment, mask_addresses
from ..practice.res_company import CHANNELS

OTHER_CHANNEL = {"email": "sms", "sms": "email"}


class KonfidensPaymentMessage(models.Model):
    _name = "konfidens.payment.message"
    _description = "Payment Message"
    _order = "scheduled_date desc, id desc"
    _rec_name = "move_id"

    # what, and to whom
    move_id = fields.Many2one(
        "account.move", "Invoice", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", "Recipient", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="move_id.company_id", store=True)
    kind = fields.Selection(
        [("payment", "Payment"), ("reminder", "Reminder")],
        default="payment",
        required=True,
    )
    channel = fields.Selection(CHANNELS, default="email", required=True)
    is_failover = fields.Boolean(
        "Other Channel",
        readonly=True,
        help="Sent by this channel since it could not be delivered by the other.",
    )
    amount = fields.Monetary(help="What the client was told to pay.")
    currency_id = fields.Many2one(related="move_id.currency_id")
    # when
    scheduled_date = fields.Datetime("Send At", required=True)
    follows_appointment = fields.Boolean(
        help="Goes by the company's timing, also when the appointment is moved."
    )
    sent_date = fields.Datetime("Sent", readonly=True)
    delivered_date = fields.Datetime("Delivered", readonly=True)
    # what became of it
    state = fields.Selection(
        [
            ("scheduled", "Scheduled"),
            ("sent", "Sent"),
            ("delivered", "Delivered"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        default="scheduled",
        required=True,
        readonly=True,
    )
    evidence = fields.Char(readonly=True, help="How it is known to be delivered.")
    failure_reason = fields.Char(readonly=True)
    # Text, not Char: lists show all of it, in several lines
    story = fields.Text("What happens", compute="_compute_story")
    mail_message_ids = fields.Many2many(
        "mail.message",
        "konfidens_payment_message_mail_message_rel",
        "payment_message_id",
        "mail_message_id",
        readonly=True,
    )

    # Nobody is messaged twice about one invoice, whoever presses what at once.
    _one_pending_per_invoice = models.UniqueIndex(
        "(move_id) WHERE state IN ('scheduled', 'sent')",
        "A payment message for this invoice is scheduled or on its way already.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "state",
        "scheduled_date",
        "sent_date",
        "evidence",
        "failure_reason",
        "next_try_date",
        "next_completion_date",
        "move_id.state",
    )
    @api.depends_context("lang", "tz")
    def _compute_story(self):
        for message in self:
            message.story = message._get_story()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        messages._trigger_sending()
        return messages

    def write(self, vals):
        """Keep the words of what became of them, and no address of the payer's.

        The contact has them. They are gone with the contact's, whoever said what.
        """
        words = {
            name: self._mask_addresses(vals[name])
            for name in ("evidence", "failure_reason")
            if vals.get(name)
        }
        return super().write({**vals, **words})

    # === ACTION METHODS === #

    def action_send_now(self):
        """Send scheduled messages at once instead of at their time.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: one of them has left or was called off meanwhile
        """
        messages = self._lock_in_state("scheduled")
        messages.scheduled_date = fields.Datetime.now()
        messages._log(lambda message: message._describe_send_now())
        messages._trigger_sending()

    def action_cancel(self):
        """Call off scheduled messages; their invoices stay drafts.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: one of them has left or was called off meanwhile
        """
        self._lock_in_state("scheduled")._cancel_scheduled()

    def action_retry(self):
        """Send failed messages again, each as a new message.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: what made it fail is still there
        """
        for channel, messages in (
            self._lock_in_state("failed").grouped("channel").items()
        ):
            messages.move_id._check_can_be_messaged(channel)
            messages.move_id._schedule_payment_message(fields.Datetime.now(), channel)

    def action_other_channel(self):
        """Send failed messages once more, by SMS instead of e-mail or the reverse.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: the payer cannot be reached by the other channel
        """
        messages = self._lock_in_state("failed")
        for channel, failed in messages.grouped("channel").items():
            other = OTHER_CHANNEL.get(channel, channel)
            failed.move_id._check_can_be_messaged(other)
            failed.move_id._schedule_payment_message(fields.Datetime.now(), other)

    def _get_story(self):
        """Return in one sentence where this message stands, in the user's time."""
        self.ensure_one()
        if self.state == "scheduled":
            return self.env._(
                "The payment message goes out %(moment)s to %(payer)s.",
                moment=format_moment(self.env, self.scheduled_date),
                payer=self.partner_id.display_name,
            )
        next_try = self.next_completion_date or (
            self.state == "sent" and self.next_try_date
        )
        if next_try:
            return self.env._(
                "%(reason)s It is tried again %(moment)s.",
                reason=self.failure_reason,
                moment=format_moment(self.env, next_try),
            )
        if self.state == "sent" and self.move_id.state != "draft":
            return self.env._(
                "The payment message was sent %(moment)s to %(payer)s.",
                moment=format_moment(self.env, self.sent_date),
                payer=self.partner_id.display_name,
            )
        if self.state == "sent":
            return self.env._(
                "The payment message was sent %(moment)s to %(payer)s. The invoice is "
                "completed once it is delivered.",
                moment=format_moment(self.env, self.sent_date),
                payer=self.partner_id.display_name,
            )
        if self.state == "failed":
            return self.env._(
                "The payment message did not reach %(payer)s: %(reason)s",
                payer=self.partner_id.display_name,
                reason=self.failure_reason,
            )
        if self.state == "cancelled":
            return self.env._("The payment message was called off.")
        return self.failure_reason or self.evidence

    def _get_dated_story(self):
        """Return the story of a message that is not the latest any more, and when."""
        self.ensure_one()
        return self.env._(
            "%(moment)s: %(story)s",
            moment=format_datetime(
                self.env, self.sent_date or self.scheduled_date, dt_format="short"
            ),
            story=self.story,
        )

    # === BUSINESS METHODS === #

    def _mask_addresses(self, text):
        """Return a text with only hints at where these messages go.

        :param text: plain text or `Markup`
        """
        # those to which it went, too, where the contact has others by now
        numbers = self.mail_message_ids.notification_ids.mapped("sms_number")
        return mask_addresses(text, self.partner_id, numbers)

    def _lock_in_state(self, state):
        """Return these messages with all rights, locked, and in the given state.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: one of them is in another state by now
        """
        self.move_id._check_payment_access()
        messages = self.sudo()  # sudo: access was checked
        messages.move_id._lock_for_payment()
        if messages.try_lock_for_update() != messages or any(
            message.state != state
            or message != message.move_id._get_latest_payment_message()
            for message in messages
        ):
            raise self._changed_meanwhile()
        return messages

    @api.model
    def _changed_meanwhile(self):
        """Return the UserError for who acts on what is no longer so."""
        return UserError(
            self.env._(
                "This payment message has changed meanwhile. Reload the page to see "
                "where it stands."
            )
        )

    def _follow_appointments(self):
        """Move what is scheduled by the company's timing with its appointment."""
        moved = self.browse()
        for message in self:
            if message.state == "scheduled" and message.follows_appointment:
                date = message.move_id._get_first_booking()._get_payment_message_date()
                if date != message.scheduled_date:
                    message.scheduled_date = date
                    moved += message
        if moved:
            moved._trigger_sending()
            moved._log(lambda message: message._describe_move())

    def _trigger_sending(self):
        self._get_cron("send_due")._trigger(set(self.mapped("scheduled_date")))

    def _trigger_completion(self, at=None):
        self._get_cron("complete_delivered")._trigger(at)

    def _get_cron(self, name):
        # sudo: whoever may schedule a message may wake the job that sends it
        return self.env.ref(f"konfidens_payments.ir_cron_{name}").sudo()
