"""Due payment messages until the mail server has them, beside the bare mail queue."""

from . import data, mails_scheduled
from .comparison import Comparison, Side


class ReadyMails(Side):
    label = "Odoo's mail queue with as many ready mails"
    sends = True

    def prepare(self, env, count):
        return (
            env["mail.mail"]
            .create(
                [
                    {
                        "subject": content["subject"],
                        "body_html": content["body_html"],
                        "email_from": content["email_from"],
                        "recipient_ids": [(6, 0, move.partner_id.ids)],
                        "auto_delete": True,
                        "scheduled_date": mails_scheduled.LATER,
                    }
                    for move, content in data.contents(data.drafts(env, count))
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
    goal = 1.5
    ours = mails_scheduled.DueMessages()
    beside = ReadyMails()

    def fill(self, env, database, size):
        data.open_practice(env)


COMPARISON = MailsQueue()
