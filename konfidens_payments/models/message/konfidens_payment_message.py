import logging

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import end_sentence, in_each_language, in_language
from ..practice.res_company import CHANNELS

_logger = logging.getLogger(__name__)

OTHER_CHANNEL = {"email": "sms", "sms": "email"}
# What is true of a message no more, once it is in this state.
_OVER = {
    "scheduled": {
        "attempts": 0,
        "failure_reason": False,
        "give_up_date": False,
        "next_try_date": False,
        "sent_date": False,
    },
    "sent": {"failure_reason": False, "next_try_date": False},
    "delivered": {"failure_reason": False, "next_try_date": False},
    "failed": {
        "next_try_date": False,
        "delivered_date": False,
        "delivered_by": False,
        "delivered_to": False,
    },
    "cancelled": {"failure_reason": False, "next_try_date": False},
}


class KonfidensPaymentMessage(models.Model):
    """What leaves: one mail or SMS, or both, to one payer about one invoice or several.

    Its lines say which invoices, and what the payer is told of each. Each change of
    its state is one of the methods `_set_…`, which know where it may come from::

        cancelled ◄──────────┐ taken back
            ▲                │
            │  put back      │
        scheduled ◄───────► sent ─────────► delivered
            │                │ ▲             │    ▲
            │                ▼ │ late report │    │ link opened
            └─────────────► failed ◄─────────┘    │
                               └──────────────────┘

    - scheduled: it waits for its time, with one line;
    - sent: `mail` and `sms` have it, and their notifications tell where it is; it is
      put back where nothing leaves the practice for now;
    - delivered: by one channel at least. What comes back then has failed where its
      invoice is a draft still; where that is posted, it stays, and has *come back*;
    - failed: by every channel;
    - cancelled: before any of it left.
    """

    _name = "konfidens.payment.message"
    _description = "Payment Message"
    _order = "scheduled_date desc, id desc"
    _rec_name = "partner_id"

    # what, and to whom
    partner_id = fields.Many2one(
        "res.partner", "Recipient", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        copy=True,
        required=True,
    )
    kind = fields.Selection(
        [("payment", "Payment"), ("reminder", "Reminder"), ("receipt", "Receipt")],
        default="payment",
        required=True,
    )
    channel = fields.Selection(CHANNELS, default="email", required=True)
    # All of them: for our own code, and for the ORM to know what changes with a line.
    # Not for users: what is cached of a One2many is the same for everybody.
    all_line_ids = fields.One2many(
        "konfidens.payment.message.line",
        "message_id",
        groups="base.group_system",
        export_string_translation=False,
    )
    line_ids = fields.Many2many(
        "konfidens.payment.message.line",
        string="Lines",
        compute="_compute_lines",
        help="Those that you may see.",
    )
    move_ids = fields.Many2many(
        "account.move",
        string="Invoices",
        compute="_compute_lines",
        search="_search_move_ids",
    )
    amount = fields.Monetary(
        compute="_compute_lines",
        help="What the payer is asked for; of the invoices that you may see.",
    )
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
        "Stage",
        default="scheduled",
        required=True,
        readonly=True,
    )
    delivered_by = fields.Selection(
        [("email", "E-mail"), ("sms", "SMS"), ("link", "Pay Link")],
        readonly=True,
        help="By what it is known to be delivered.",
    )
    delivered_to = fields.Char(readonly=True, export_string_translation=False)
    evidence = fields.Char(
        compute="_compute_evidence", help="How it is known to be delivered."
    )
    # In each language, since it is shown inside sentences: see `in_each_language`.
    failure_reason = fields.Char(readonly=True, translate=True)
    came_back = fields.Boolean(
        readonly=True, help="It counted as delivered, and came back later."
    )
    attempts = fields.Integer(readonly=True, help="How often sending it failed so far.")
    next_try_date = fields.Datetime("Next Try", readonly=True)
    give_up_date = fields.Datetime(
        readonly=True, help="When it needs attention if nobody confirmed it until then."
    )
    bounce_wait_until = fields.Datetime(readonly=True, export_string_translation=False)
    mail_message_ids = fields.Many2many(
        "mail.message", compute="_compute_mail_message_ids"
    )

    # === COMPUTE METHODS === #

    @api.depends("all_line_ids.amount", "all_line_ids.move_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_lines(self):
        # sudo: which there are. Who treats one client of a payer learns nothing of the
        # others, nor by a form: of new records Odoo checks no rights.
        known = self._origin.sudo().all_line_ids
        readable = set(known.with_env(self.env)._filtered_access("read")._ids)
        for message in self:
            real = message._origin
            lines = (real or message).sudo().all_line_ids.with_env(self.env)
            if real and not readable.issuperset(lines._ids):
                lines = lines.filtered(lambda line: line.id in readable)
            message.line_ids = lines
            message.move_ids = lines.move_id
            message.amount = sum(lines.mapped("amount"))

    def _search_move_ids(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        lines = self.env["konfidens.payment.message.line"]._search(
            [("move_id", operator, value)]
        )
        return Domain("id", "in", lines.subselect("message_id"))

    @api.depends("all_line_ids.currency_id")
    def _compute_currency_id(self):
        for message in self:
            message.currency_id = (
                message.all_line_ids.currency_id[:1] or message.currency_id
            )

    @api.depends("notification_ids.mail_message_id")
    @api.depends_context("uid")
    def _compute_mail_message_ids(self):
        # sudo: which they are; the search finds those that the user may read
        notifications = self.sudo().notification_ids
        readable = self.env["mail.message"].search(
            [("id", "in", notifications.mail_message_id.ids)]
        )
        for message in self:
            theirs = message.sudo().notification_ids.mail_message_id
            message.mail_message_ids = readable & theirs.with_env(self.env)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        messages._trigger_sending()
        return messages

    def write(self, vals):
        """Keep the words of what became of them, as sentences, and no address.

        The contact has them. They are gone with the contact's, whoever said what.

        :param vals: where `failure_reason` may be what `in_each_language` returned
        """
        if vals.get("delivered_to"):
            vals = {**vals, "delivered_to": self._mask_addresses(vals["delivered_to"])}
        reason = vals.get("failure_reason")
        if not reason:
            return super().write(vals)
        # in all of them, so that none keeps what was said before
        said = in_each_language(
            self,
            lambda theirs: end_sentence(
                theirs._mask_addresses(in_language(reason, theirs.env.lang))
            ),
        )
        rest = {name: vals[name] for name in vals if name != "failure_reason"}
        result = super().write(rest)
        for lang, words in said.items():
            theirs = self.with_context(lang=lang)
            super(KonfidensPaymentMessage, theirs).write({"failure_reason": words})
        return result

    # === CHANGES OF STATE === #

    def _set_sent(self, give_up_date):
        """Note that these scheduled messages were handed over.

        :param give_up_date: until when somebody must confirm them (UTC, naive)
        """
        return self._set_state(
            "sent",
            ("scheduled",),
            sent_date=fields.Datetime.now(),
            give_up_date=give_up_date,
        )

    def _set_scheduled_again(self):
        """Note that nothing of these sent messages has left, nor can now."""
        return self._set_state("scheduled", ("sent",))

    def _set_sent_after_all(self):
        """Note that these failed messages are under way: a report came after all."""
        messages = self._set_state("sent", ("failed",))
        messages.line_ids.is_unsolved = False
        return messages

    def _set_delivered(self, by, to=None):
        """Note that these messages arrived, by one channel at least.

        :param by: how that is known: ``email``, ``sms``, or the ``link`` was opened
        :param to: dict from the message's id to its address or phone number
        """
        messages = self._set_state(
            "delivered",
            ("sent", "failed"),
            delivered_by=by,
            delivered_date=fields.Datetime.now(),
        )
        for message in messages if to else ():
            message.delivered_to = to[message.id]
        return messages

    def _set_failed(self, reason):
        """Note that these messages will not arrive; each invoice needs a person.

        :param reason: why, in each language
        """
        messages = self._set_state(
            "failed", ("scheduled", "sent", "delivered"), failure_reason=reason
        )
        messages._get_open_lines().is_unsolved = True
        return messages

    def _set_cancelled(self):
        """Note that these messages do not leave: nothing of them has."""
        return self._set_state("cancelled", ("scheduled", "sent"))

    def _set_came_back(self, reason):
        """Note that these delivered messages came back, after all was completed.

        :param reason: what came back, in each language
        """
        self.write({"failure_reason": reason, "came_back": True})
        self._get_open_lines().is_unsolved = True

    def _set_state(self, state, sources, **values):
        """Change the state of those of these messages that may be in it next.

        :param sources: in which states they may be now
        :param values: what is true of them in the new state
        :return: those that changed
        """
        messages = self.filtered(lambda message: message.state in sources)
        if messages != self:
            _logger.info("%s cannot be %s any more", self - messages, state)
        messages.write({**_OVER[state], **values, "state": state})
        return messages

    def _get_open_lines(self):
        """Return the lines of what is neither paid nor credited yet."""
        return self.line_ids.filtered(lambda line: not line.move_id._is_settled())

    # === BUSINESS METHODS === #

    @api.model
    def _get_other_channel(self, channel):
        """Return which channel is tried where this one did not work, or None."""
        return OTHER_CHANNEL.get(channel)

    @api.model
    def _may_go_together(self, channel):
        """Return whether one message by this channel may tell of several invoices."""
        return True

    def _get_first_move(self):
        """Return the first of the invoices that this message tells of, or none.

        It is read together with those of other messages, which a slice would not be.
        """
        for line in self.line_ids:
            return line.move_id
        return self.line_ids.move_id

    def _follow_appointments(self):
        """Move what is scheduled by the company's timing with its appointment."""
        moved = self.browse()
        for message in self:
            if message.state == "scheduled" and message.follows_appointment:
                booking = message.line_ids.move_id._get_first_booking()
                date = booking._get_payment_message_date()
                if date != (message.wanted_date or message.scheduled_date):
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

    def _in_practice_language(self):
        """Return these messages with the language in which the practice works.

        What a cron writes down is read by the practice's people.
        """
        lang = self.company_id.partner_id.lang or self.env.lang
        return self.with_context(lang=lang)
