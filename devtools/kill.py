"""Kill a server again and again while it sends: ./dev kill."""

import contextlib
import random
import sys
import time

from . import catalog, progress, scheduled
from .bootstrap import guarded
from .crowd import drafts, mails_to, run_cron
from .outcome import Outcome, count_gaps, table
from .practice import practice, wait_until
from .rpc import RpcError

# A server that is not killed in this time is killed all the same.
LONGEST_LIFE = 30
# The SMTP server takes this long for each mail, so that a kill meets one under way.
MAIL_SECONDS = 0.05
# As it was measured first: 40 messages, killed once when 16 had come.
ONCE, ONCE_AFTER = 40, 16

# How often the periodic run comes, in seconds instead of minutes.
PERIOD = 2
_PERIODIC_RUN = """
    UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' WHERE id IN (
        SELECT id FROM ir_cron WHERE nextcall > now() AT TIME ZONE 'UTC' AND id IN (
            SELECT res_id FROM ir_model_data
            WHERE model = 'ir.cron' AND name = ANY(%s)
        ) FOR NO KEY UPDATE SKIP LOCKED
    )
"""


def random_lives(messages, kills, seed):
    """How long the server lives each time: so short that all kills find it at work.

    :return: list of (mails that come before it is killed, seconds after these)
    """
    moments = random.Random(seed)
    share = max(messages // kills, 1)
    return [(moments.randint(0, share), moments.uniform(0, 0.1)) for _i in range(kills)]


def kill_ours(
    made,
    messages,
    lives,
    prefix="kill",
    strike=None,
    people=None,
    mail_seconds=MAIL_SECONDS,
):
    """Send payment messages while something is killed, until every invoice is posted.

    :param made: the `Practice`
    :param messages: how many invoices
    :param lives: as `random_lives`
    :param prefix: how the payers' addresses begin
    :param strike: function that kills something and starts it again; default: the
        server
    :param people: a `devtools.people.People` who work on the same invoices meanwhile
    :param mail_seconds: how long the SMTP server takes for each mail
    :return: `Outcome`
    :raise TimeoutError: when something is left in between
    """
    moves = drafts(made.kari, messages, prefix)
    made.mail.delay = mail_seconds
    if people:
        people.begin(moves)
    else:
        made.kari.send(*moves)
    outcome = Outcome(messages, 0)
    outcome.kills = live_and_die(
        lambda: count_mails(made, moves),
        lives,
        strike or (lambda: kill_server(made)),
        lambda: people and people.are_busy() or not _is_settled(made, moves),
        Waker(made, "ir_cron_send_due", "ir_cron_complete_delivered"),
    )
    made.mail.delay = 0
    if people:
        people.go_home()
    _finish(made, moves)
    heard = people.who_should_hear(moves) if people else moves
    outcome.read_mails([mails_to(made, address) for address in heard.values()])
    outcome.gaps = count_gaps(made)
    outcome.unfinished = _count_unfinished(made, moves)
    if people:
        outcome.wrong = people.find_wrong(moves)
    return outcome


class Waker:
    """Lets the server look what is due, again and again; called without arguments.

    After three kills Odoo takes a job for one that never ends, and puts it off to its
    next periodic run. That comes at once here, for our jobs and for Odoo's.

    :param made: the `Practice`
    :param jobs: the names of the jobs' XML ids
    """

    def __init__(self, made, *jobs):
        self.made = made
        self.jobs = list(jobs)
        self._next = 0

    def __call__(self):
        if time.monotonic() > self._next:
            catalog.execute_in(self.made.database, _PERIODIC_RUN, [self.jobs])
            self._next = time.monotonic() + PERIOD
        self.made.wake_cron()


def kill_server(made):
    """Kill the server, and start it again."""
    made.server.kill()
    made.server.start()


def live_and_die(count, lives, strike, is_busy, wake):
    """Strike after each of these lives, for as long as there is something to do.

    :param count: function; how many mails came so far
    :param lives: as `random_lives`
    :param strike: function that kills something and starts it again
    :param is_busy: function; whether there is something to do
    :param wake: function that lets the server look what is due
    :return: how often it struck
    """
    for number, (mails, pause) in enumerate(lives):
        before = count()

        def enough(before=before, mails=mails):
            wake()  # who just started looks after a minute else
            return count() - before >= mails or not is_busy()

        with contextlib.suppress(TimeoutError):  # what is left waits for its next try
            wait_until(enough, LONGEST_LIFE, "mails")
        if not is_busy():
            return number
        time.sleep(pause)  # nothing to wait for: any moment will do
        strike()
        progress.say(f"{number + 1} of {len(lives)} kills, {count()} mails came")
    return len(lives)


def count_mails(made, moves):
    """How many mails came to the payers of these invoices."""
    addresses = set(moves.values())
    return sum(not addresses.isdisjoint(mail.recipients) for mail in made.mail.mails)


def _is_settled(made, moves):
    try:
        rows = made.admin.rpc.call(
            "account.move", "read", list(moves), ["state", "payment_message_state"]
        )
    except (RpcError, OSError):  # the database was just away
        return False
    return all(
        row["state"] == "cancel"
        or (row["state"] == "posted" and row["payment_message_state"] == "delivered")
        for row in rows
    )


def _count_unfinished(made, moves):
    rows = made.admin.rpc.call(
        "konfidens.payment.message",
        "search_read",
        [["move_ids", "in", list(moves)]],
        ["state"],
    )
    return sum(row["state"] not in ("delivered", "cancelled") for row in rows)


def _finish(made, moves):
    def finished():
        let_time_pass(made)
        with contextlib.suppress(RpcError, OSError):  # the database was away
            for name in ("send_due", "complete_delivered"):
                run_cron(made, name)
        return _is_settled(made, moves)

    wait_until(finished, 180, "all invoices to be posted")


def let_time_pass(made):
    """Let what waits for its next try, or for its time, be due now."""
    for model_table, name in (
        ("konfidens_payment_message", "next_try_date"),
        ("account_move", "payment_completion_date"),
    ):
        catalog.execute_in(
            made.database,
            f"UPDATE {model_table} SET {name} = now() at time zone 'UTC'"
            f" WHERE {name} > now() at time zone 'UTC'",
        )


def main(arguments):
    """Kill, and print what became of the messages, ours and Odoo's own.

    :param arguments: messages, kills, seed
    :return: 0 if nothing of ours was lost, doubled or left in between, 1 otherwise
    """
    messages, kills, seed = map(int, arguments)
    lives = random_lives(messages, kills, seed)
    once = [(ONCE_AFTER, 0)]
    with practice(prefix="kill") as made:
        ours = kill_ours(made, messages, lives)
        theirs = scheduled.kill_theirs(made, messages, lives, "theirs")
        ours_once = kill_ours(made, ONCE, once, "once")
        theirs_once = scheduled.kill_theirs(made, ONCE, once, "theirsonce")
    print(f"Killed at random moments (seed {seed}):")
    print(table({"ours": ours, scheduled.TITLE: theirs}))
    print(f"\nKilled once, after {ONCE_AFTER} of {ONCE} messages:")
    print(table({"ours": ours_once, scheduled.TITLE: theirs_once}))
    return 0 if ours.held() and ours_once.held() else 1


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
