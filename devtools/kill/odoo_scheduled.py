"""Odoo's own scheduled messages, killed in the same way as ours, for comparison."""

from datetime import timedelta

from ..environment.clock import utc_now
from ..practice.bookings import drafts
from ..practice.jobs import job_id, press_run_manually
from .breaking import Work
from .mails import MAIL_SECONDS, count_mails, read_arrivals

TITLE = "Odoo's scheduled"
_MODEL = "mail.scheduled.message"
_SOON = timedelta(seconds=3)


class OdooScheduled(Work):
    """As many messages by `mail.scheduled.message` of Odoo's chatter.

    :param made: the `Practice`
    :param messages: how many
    :param prefix: how the payers' addresses begin
    """

    jobs = ("post_scheduled_message",)

    def __init__(self, made, messages, prefix):
        super().__init__(made)
        self.messages = messages
        self.prefix = prefix
        self.moves = {}

    def begin(self):
        """Override: schedule them all for soon."""
        made = self.made
        self.moves = drafts(made.kari, self.messages, self.prefix)
        self._schedule()
        made.mail.delay = MAIL_SECONDS

    def count(self):
        """Override: the mails that came."""
        return count_mails(self.made, self.moves.values())

    def is_busy(self):
        """Override: some are scheduled still."""
        return bool(self.made.admin.rpc.call(_MODEL, "search_count", []))

    def finish(self):
        """Override: the mail server is quick again."""
        self.made.mail.delay = 0

    def run_jobs(self):
        """Override: Odoo's jobs, of which the second sends what the first made."""
        for name in ("post_scheduled_message", "mail_scheduler_action"):
            job = job_id(self.made, f"mail.ir_cron_{name}")
            press_run_manually(self.made, job)

    def is_settled(self):
        """Override: nothing is scheduled any more."""
        return not self.is_busy()

    def read(self, outcome):
        """Override: who heard what, and how often."""
        outcome.messages = self.messages
        outcome.read_mails(read_arrivals(self.made, self.moves.values()))
        waiting = [["model", "=", "account.move"], ["res_id", "in", list(self.moves)]]
        outcome.unfinished = self.made.admin.rpc.call(
            "mail.mail", "search_count", waiting
        )

    def _schedule(self):
        rpc = self.made.admin.rpc
        rows = rpc.call(
            "account.move", "read", list(self.moves), ["partner_id", "company_id"]
        )
        (company,) = rpc.call(
            "res.company", "read", [rows[0]["company_id"][0]], ["partner_id"]
        )
        due = utc_now() + _SOON
        rpc.call(
            _MODEL,
            "create",
            [
                {
                    "model": "account.move",
                    "res_id": row["id"],
                    # somebody with an address of their own: nothing is sent without
                    "author_id": company["partner_id"][0],
                    "partner_ids": [[6, 0, [row["partner_id"][0]]]],
                    "subject": "Payment for your appointment",
                    "body": "<p>Hello,</p><p>please pay for your appointment.</p>",
                    "scheduled_date": f"{due}",
                }
                for row in rows
            ],
        )
