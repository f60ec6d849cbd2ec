"""Due payment messages until the mail server has them, beside Odoo's own cron."""

from . import data
from .comparison import Comparison, Side

LATER = "2099-01-01 00:00:00"


class DueMessages(Side):
    label = "the cron that sends due payment messages"
    sends = True

    def prepare(self, env, count):
        messages = data.schedule(data.drafts(env, count), LATER)
        return messages.ids

    def release(self, env, prepared):
        data.set_date(env, "konfidens_payment_message", prepared)

    def work(self, env, prepared):
        data.run_cron(
            env,
            "konfidens_payments.ir_cron_send_due",
            "konfidens.payment.message",
            [
                ("id", "in", prepared),
                "|",
                ("state", "=", "scheduled"),
                ("notification_ids.mail_mail_id.state", "=", "outgoing"),
            ],
        )

    def check(self, env, prepared):
        messages = env["konfidens.payment.message"].browse(prepared)
        assert set(messages.mapped("state")) == {"sent"}


class ScheduledMessages(Side):
    label = "Odoo's mail.scheduled.message cron, without the addon"
    sends = True
    database = "plain"

    def prepare(self, env, count):
        return (
            env["mail.scheduled.message"]
            .create(
                [
                    {
                        "model": "account.move",
                        "res_id": move.id,
                        "author_id": env.user.partner_id.id,
                        "partner_ids": [(6, 0, move.partner_id.ids)],
                        "scheduled_date": LATER,
                        **data.letter(move),
                    }
                    for move in data.plain_drafts(env, count)
                ]
            )
            .ids
        )

    def release(self, env, prepared):
        data.set_date(env, "mail_scheduled_message", prepared)

    def work(self, env, prepared):
        data.run_cron(
            env,
            "mail.ir_cron_post_scheduled_message",
            "mail.scheduled.message",
            [("id", "in", prepared)],
        )


class MailsScheduled(Comparison):
    name = "mails_scheduled"
    what = "due e-mails until the SMTP server has them"
    goal = 0.5
    databases = {"main": "addon", "plain": "plain"}
    ours = DueMessages()
    beside = ScheduledMessages()

    def fill(self, env, database, size):
        data.open_practice(env)


COMPARISON = MailsScheduled()
