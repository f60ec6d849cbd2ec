from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import mask_addresses

ACTIVITY = "konfidens_payments.mail_activity_pause"
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=4)
# How soon another message is tried, where nothing became known of the one before.
PROBE_PAUSE = timedelta(minutes=5)


class KonfidensPaymentPause(models.Model):
    """Sending by a channel that stands still: the practice's problem, and no payer's.

    The mail server refuses the practice's sender or password, say, or there is no
    credit at the SMS provider. While this record exists, messages stay scheduled; one
    of them is tried now and then, with growing pauses, and all go when that leaves.
    """

    _name = "konfidens.payment.pause"
    _description = "Pause in Sending"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _rec_name = "company_id"
    _mail_post_access = "read"  # so that whoever sees it sees who is asked

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    channel = fields.Selection(
        [("email", "E-mail"), ("sms", "SMS")], required=True, readonly=True
    )
    # In each language, as it is shown inside sentences.
    reason = fields.Char(readonly=True, translate=True)
    since = fields.Datetime(default=fields.Datetime.now, readonly=True)
    next_try_date = fields.Datetime("Next Try", required=True, readonly=True)
    attempts = fields.Integer(
        readonly=True, help="How often a message was tried in vain meanwhile."
    )

    _one_for_each_channel = models.UniqueIndex(
        "(company_id, channel)",
        "Sending by this channel is paused already.",
    )

    @api.depends("company_id", "channel")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for pause in self:
            pause.display_name = self.env._(
                "%(company)s: sending by %(channel)s is paused",
                company=pause.company_id.name,
                channel=pause._get_channel_name(),
            )

    def _get_channel_name(self):
        """Return the channel in the user's language."""
        channels = dict(self._fields["channel"]._description_selection(self.env))
        return channels.get(self.channel)

    # === ACTION METHODS === #

    def action_try_again(self):
        """Try one of the messages that wait, and send all if that leaves.

        :raises AccessError: the user may not see this pause
        """
        self.check_access("read")
        pauses = self.sudo()  # sudo: whoever sees it may try
        pauses.next_try_date = fields.Datetime.now()
        self.env["konfidens.payment.message"]._wake_sending()

    # === BUSINESS METHODS === #

    @api.model
    def _begin(self, company, channel, reason):
        """Pause sending, or note that a try was in vain; ask the responsible person.

        :param company: `res.company` record
        :param channel: ``email`` or ``sms``
        :param reason: in each language
        """
        pause = self.search(
            [("company_id", "=", company.id), ("channel", "=", channel)]
        )
        is_new = not pause
        if pause:
            next_pause = min(FIRST_PAUSE * 2 ** min(pause.attempts, 6), LONGEST_PAUSE)
            pause.write(
                {
                    "attempts": pause.attempts + 1,
                    "next_try_date": fields.Datetime.now() + next_pause,
                }
            )
        else:
            pause = self.create(
                {
                    "company_id": company.id,
                    "channel": channel,
                    "next_try_date": fields.Datetime.now() + FIRST_PAUSE,
                }
            )
        for lang, words in reason.items():
            # without the payer's address, whom it does not concern
            masked = mask_addresses(words, self.env["res.partner"])
            pause.with_context(lang=lang).reason = masked
        if is_new:
            pause._ask_to_mend()
        self.env["konfidens.payment.message"]._wake_sending(pause.next_try_date)

    def _ask_to_mend(self):
        """Ask the responsible person once to see to it."""
        self.ensure_one()
        responsible = self._get_responsible()
        if not responsible:
            return
        theirs = self.with_context(lang=responsible.lang)
        self.activity_schedule(
            ACTIVITY,
            summary=theirs.env._("Payment messages wait: please see to it"),
            note=theirs.env._(
                "%(reason)s The messages stay scheduled. Mend it, then open Payments "
                "and press Try Again.",
                reason=theirs.reason,
            ),
            user_id=responsible.id,
        )

    def _get_responsible(self):
        """Return who is asked: as the company chose, else who runs the practice."""
        self.ensure_one()
        company = self.company_id
        if company.payments_responsible_id.active:
            return company.payments_responsible_id
        for group in (
            "konfidens_payments.group_payments_manager",
            "konfidens_payments.group_payments_user",
            "base.group_system",
        ):
            users = self.env.ref(group).all_user_ids.filtered(
                lambda user: (
                    user.active and not user.share and company in user.company_ids
                )
            )
            if users:
                return users.sorted("id")[0]
        return self.env["res.users"]

    @api.model
    def _get_going_domain(self, channel):
        """Return which messages may leave by a channel now, as far as pauses go.

        Of a company whose pause is due for a try, too: see `_leave_probes`.
        """
        paused = self.search(
            [("channel", "=", channel), ("next_try_date", ">", fields.Datetime.now())]
        )
        return (
            Domain("company_id", "not in", paused.company_id.ids)
            if paused
            else Domain.TRUE
        )

    @api.model
    def _leave_probes(self, messages, channel):
        """Return these messages, but one only of each company that is paused."""
        paused = self.search([("channel", "=", channel)]).company_id
        if not paused:
            return messages
        probes = messages.browse().concat(
            *(
                theirs[:1]
                for company, theirs in messages.grouped("company_id").items()
                if company in paused
            )
        )
        return messages.filtered(
            lambda message: message in probes or message.company_id not in paused
        )

    @api.model
    def _note_probes(self, messages, channel):
        """Let the next try wait until something is known of these messages."""
        self.search(
            [("channel", "=", channel), ("company_id", "in", messages.company_id.ids)]
        ).next_try_date = fields.Datetime.now() + PROBE_PAUSE

    @api.model
    def _end(self, companies, channel):
        """End the pauses of these companies: a message has left by the channel."""
        pauses = self.search(
            [("channel", "=", channel), ("company_id", "in", companies.ids)]
        )
        if pauses:
            pauses.unlink()
            self.env["konfidens.payment.message"]._wake_sending()

    @api.model
    def _end_after(self, messages, channel):
        """End pauses since which some of these messages left, that arrived by now."""
        for pause in self.search([("channel", "=", channel)]) if messages else ():
            theirs = messages.filtered(
                lambda message, pause=pause: (
                    message.company_id == pause.company_id
                    and message.sent_date >= pause.since
                )
            )
            self._end(theirs.company_id, channel)
