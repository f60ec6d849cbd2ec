"""Due payment messages until the mail server has them, beside the bare mail queue."""

from . import data, mails_connections, mails_scheduled
from .comparison import Comparison, Side


class ReadyMails(Side):
    label = "Odoo's mail queue with as many ready mails, without the addon"
    sends = True
    database = "plain"

    def prepare(self, env, count):
        return (
            env["mail.mail"]
            .create(
                [
                    {
                        "subject": content["subject"],
                        "body_html": content["body"],
                        "email_from": env.company.email_formatted,
                        "recipient_ids": [(6, 0, move.partner_id.ids)],
                        "auto_delete": True,
                        "scheduled_date": mails_scheduled.LATER,
                    }
                    for move in data.plain_drafts(env, count)
                    for content in [data.letter(move)]
                ]
            )
            .ids
        )

    def release(self, env, prepared):
        data.set_date(env, "mail_mail", prepared)

    def work(self, env, prepared):
        data.run_cron(
            env,
            "mail.ir_cron_mail_scheduler_action",
            "mail.mail",
            [("id", "in", prepared), ("state", "=", "outgoing")],
        )


class MailsQueue(Comparison):
    name = "mails_queue"
    what = "due e-mails until the SMTP server has them"
    goal = 0.6
    databases = {"main": "addon", "plain": "plain"}
    durable = True
    ours = mails_connections.Connections(
        1, "the job that sends due payment messages, over one connection"
    )
    beside = ReadyMails()

    def fill(self, env, database, size):
        data.open_practice(env)


COMPARISON = MailsQueue()
