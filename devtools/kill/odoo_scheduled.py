"""Odoo's own scheduled messages, killed in the same way as ours, for comparison."""

from datetime import timedelta

from ..environment.clock import utc_now
from ..practice.bookings import drafts
from ..practice.jobs import job_id, press_run_manually
from .work import MAIL_SECONDS, Work

TITLE = "Odoo's scheduled"
_SOON = timedelta(seconds=3)
_WAITING = """
    SELECT mail.id FROM mail_mail mail JOIN mail_message message
        ON message.id = mail.mail_message_id
     WHERE message.model = 'account.move' AND message.res_id = ANY(%s)
"""


class OdooScheduled(Work):
    """As many messages by `mail.scheduled.message` of Odoo's chatter."""

    jobs = ("post_scheduled_message",)

    def begin(self):
        """Override: schedule them all for soon."""
        made = self.made
        self.moves = drafts(made.kari, self.messages, self.prefix)
        self._schedule()
        made.mail.delay = MAIL_SECONDS

    def run_jobs(self):
        """Override: Odoo's jobs, of which the second sends what the first made."""
        for name in ("post_scheduled_message", "mail_scheduler_action"):
            job = job_id(self.made, f"mail.ir_cron_{name}")
            press_run_manually(self.made, job)

    def is_settled(self):
        """Override: nothing is scheduled any more."""
        return not self.select("SELECT id FROM mail_scheduled_message")

    def read(self, outcome):
        """Override: what is left in between are Odoo's mails."""
        super().read(outcome)
        outcome.unfinished = len(self.select(_WAITING, self.moves))

    def _schedule(self):
        admin = self.made.admin
        rows = admin.rpc.call("account.move", "read", list(self.moves), ["partner_id"])
        # somebody with an address of their own: nothing is sent without
        company = admin.read("res.company", self.made.company, "partner_id")
        messages = [
            {
                "model": "account.move",
                "res_id": row["id"],
                "author_id": company["partner_id"][0],
                "partner_ids": [[6, 0, [row["partner_id"][0]]]],
                "subject": "Payment for your appointment",
                "body": "<p>Hello,</p><p>please pay for your appointment.</p>",
                "scheduled_date": f"{utc_now() + _SOON}",
            }
            for row in rows
        ]
        admin.rpc.call("mail.scheduled.message", "create", messages)
