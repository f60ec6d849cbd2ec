from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import (
    again_on_conflict,
    end_sentence,
    format_coming,
    mask_addresses,
    say,
)

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
    is_trying = fields.Boolean(
        readonly=True,
        export_string_translation=False,
        help="A message is tried: what is refused next counts as a try.",
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
                "%(company)s: sending %(by_channel)s is paused",
                company=pause.company_id.name,
                by_channel=pause._get_channel_words(),
            )

    def _get_channel_words(self):
        """Return by what sending is paused, for the middle of a sentence."""
        if self.channel == "sms":
            return self.env._("by SMS")
        return self.env._("by e-mail")

    # === ACTION METHODS === #

    def action_try_again(self):
        """Try one of the messages that wait, and send all if that leaves.

        Where none waits any more, or the pause has ended meanwhile, say so.

        :return: the action that tells what is done
        :raises AccessError: the user may not see this pause
        """
        left = self.exists()
        left.check_access("read")
        pauses = left.sudo()  # sudo: whoever sees it may try
        idle = pauses.filtered(lambda pause: pause._is_idle())
        idle.unlink()
        if waiting := pauses - idle:
            waiting.next_try_date = fields.Datetime.now()
            self.env["konfidens.payment.message"]._wake_sending()
            words = self.env._(
                "One of the messages that wait is tried now. What comes of it shows "
                "here by itself."
            )
        elif idle:
            words = self.env._("Nothing waits any more; sending goes on as usual.")
        else:
            words = self.env._("Sending goes on already.")
        return say(words, kind="info" if waiting else "success")

    # === BUSINESS METHODS === #

    @api.model
    def _begin(self, company, channel, reason):
        """Pause sending, or note that a try was in vain; ask the responsible person.

        What was refused together with the first, or before the next is tried, is none.

        :param company: `res.company` record
        :param channel: ``email`` or ``sms``
        :param reason: in each language
        """
        pause = self.search(
            [("company_id", "=", company.id), ("channel", "=", channel)]
        )
        is_new = not pause
        if pause.is_trying:
            next_pause = min(FIRST_PAUSE * 2 ** min(pause.attempts, 6), LONGEST_PAUSE)
            pause.write(
                {
                    "attempts": pause.attempts + 1,
                    "is_trying": False,
                    "next_try_date": fields.Datetime.now() + next_pause,
                }
            )
        elif is_new:
            # its page need not tell that it was made
            pause = self.with_context(mail_create_nolog=True).create(
                {
                    "company_id": company.id,
                    "channel": channel,
                    "next_try_date": fields.Datetime.now() + FIRST_PAUSE,
                }
            )
        for lang, words in reason.items():
            # without the payer's address, whom it does not concern
            masked = mask_addresses(words, self.env["res.partner"])
            pause.with_context(lang=lang).reason = end_sentence(masked)
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

    def _describe(self):
        """Return in words that nothing leaves, why, and when one is tried again."""
        self.ensure_one()
        return self.env._(
            "%(pause)s. %(reason)s The messages stay scheduled; one of them is tried "
            "again %(moment)s.",
            pause=self.display_name,
            reason=self.reason,
            moment=format_coming(self.env, self.next_try_date),
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
    def _get_going_domains(self):
        """Return which messages may leave now, as far as pauses go.

        Also those of a company whose pause is due for a try: see `_leave_probes`.

        :return: dict from the channel to the domain; all of a channel that is not there
        """
        paused = self.search([("next_try_date", ">", fields.Datetime.now())])
        return {
            channel: Domain("company_id", "not in", pauses.company_id.ids)
            for channel, pauses in paused.grouped("channel").items()
        }

    @api.model
    def _leave_probes(self, messages, channel):
        """Return these messages, but one only of each company that is paused.

        And of one whose next try is not due, none.
        """
        pauses = self.search([("channel", "=", channel)])
        paused = pauses.company_id
        if not paused:
            return messages
        now = fields.Datetime.now()
        tried = pauses.filtered(lambda pause: pause.next_try_date <= now).company_id
        probes = messages.browse().concat(
            *(
                theirs[:1]
                for company, theirs in messages.grouped("company_id").items()
                if company in tried
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
        ).write(
            {"is_trying": True, "next_try_date": fields.Datetime.now() + PROBE_PAUSE}
        )

    def _is_idle(self):
        """Return whether nothing waits for this pause to end, due or for later."""
        self.ensure_one()
        messages = self.env["konfidens.payment.message"]
        return not messages.search_count(
            Domain("company_id", "=", self.company_id.id)
            & messages._get_held_domain(self.channel),
            limit=1,
        )

    @api.model
    @again_on_conflict
    def _end_idle(self):
        """End the pauses whose next try is due, where nothing is left to try; commit.

        What waited was called off, or goes by another channel now.
        """
        due = self.search([("next_try_date", "<=", fields.Datetime.now())])
        if idle := due.filtered(lambda pause: pause._is_idle()):
            idle.unlink()
            self.env["ir.cron"]._commit_progress()

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
