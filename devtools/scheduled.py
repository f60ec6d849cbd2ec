"""Odoo's own scheduled messages, killed in the same way as ours, for comparison."""

from datetime import timedelta

from . import kill
from .crowd import drafts, job_id, mails_to, press_run_manually
from .outcome import Outcome
from .practice import utc_now, wait_until

TITLE = "Odoo's scheduled"
_MODEL = "mail.scheduled.message"
_SOON = timedelta(seconds=3)


def kill_theirs(made, messages, lives, prefix):
    """Send as many messages by `mail.scheduled.message` of Odoo's chatter.

    :param made: the `Practice`
    :param messages: how many
    :param lives: as `kill.random_lives`
    :param prefix: how the payers' addresses begin
    :return: an `Outcome`
    :raise TimeoutError: when something is left in between
    """
    moves = drafts(made.kari, messages, prefix)
    job = job_id(made, "mail.ir_cron_post_scheduled_message")
    _schedule(made, moves)
    made.mail.delay = kill.MAIL_SECONDS

    def is_busy():
        return bool(made.admin.rpc.call(_MODEL, "search_count", []))

    outcome = Outcome(messages, 0)
    outcome.kills = kill.live_and_die(
        lambda: kill.count_mails(made, moves),
        lives,
        lambda: kill.kill_server(made),
        is_busy,
        kill.Waker(made, "ir_cron_post_scheduled_message"),
    )
    made.mail.delay = 0
    queue = job_id(made, "mail.ir_cron_mail_scheduler_action")

    def finished():
        for each in (job, queue):
            press_run_manually(made, each)
        return not is_busy()

    wait_until(finished, 180, "Odoo's scheduled messages")
    outcome.read_mails([mails_to(made, address) for address in moves.values()])
    waiting = [["model", "=", "account.move"], ["res_id", "in", list(moves)]]
    outcome.unfinished = made.admin.rpc.call("mail.mail", "search_count", waiting)
    return outcome


def _schedule(made, moves):
    rpc = made.admin.rpc
    rows = rpc.call("account.move", "read", list(moves), ["partner_id", "company_id"])
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
                # somebody with an address of their own: nothing is sent without one
                "author_id": company["partner_id"][0],
                "partner_ids": [[6, 0, [row["partner_id"][0]]]],
                "subject": "Payment for your appointment",
                "body": "<p>Hello,</p><p>please pay for your appointment.</p>",
                "scheduled_date": f"{due}",
            }
            for row in rows
        ],
    )
