"""Kill a server again and again while it sends: ./dev kill."""

import contextlib
import random
import re
import sys
import time

from .bootstrap import guarded
from .crowd import drafts, mails_to, run_cron
from .practice import practice, wait_until

# A server that is not killed in this time is killed all the same.
LONGEST_LIFE = 8
# The SMTP server takes this long for each mail, so that a kill meets one under way.
MAIL_SECONDS = 0.02


class Outcome:
    """What became of the messages.

    :ivar kills: how often the server was killed
    :ivar lost: how many payers have no message
    :ivar repeated: how many messages came more than once
    :ivar other_ids: how many of these came with another Message-ID
    :ivar gaps: how many invoice numbers are missing or double
    :ivar unfinished: how many invoices are not posted, or messages not delivered
    """

    def __init__(self, messages, kills):
        self.messages = messages
        self.kills = kills
        self.lost = self.repeated = self.other_ids = 0
        self.gaps = self.unfinished = 0

    def read_mails(self, ids_of_each):
        """Count what arrived.

        :param ids_of_each: for each payer the Message-IDs that arrived
        """
        self.lost = sum(not ids for ids in ids_of_each)
        self.repeated = sum(len(ids) - 1 for ids in ids_of_each if ids)
        self.other_ids = sum(len(set(ids)) > 1 for ids in ids_of_each)

    def held(self):
        """Whether everybody has one message, repeated once for each kill at most."""
        return (
            not (self.lost or self.gaps or self.unfinished or self.other_ids)
            and self.repeated <= self.kills
        )


def kill_ours(made, messages, kills, seed, prefix="kill"):
    """Send payment messages with a server that is killed at random moments.

    Started again each time, until every invoice is posted.

    :param made: the `Practice`
    :param messages: how many invoices
    :param kills: how often to kill at most; fewer where all is done before
    :param seed: of the random moments
    :return: `Outcome`
    :raise TimeoutError: when something is left in between
    """
    moments = random.Random(seed)
    moves = drafts(made.kari, messages, f"{prefix}{seed}x")
    made.mail.delay = MAIL_SECONDS
    made.kari.send(*moves)
    done = 0
    while done < kills and not _all_posted(made, moves):
        _live_for(made, moments, moves, share=messages // kills + 1)
        made.server.kill()
        done += 1
        made.server.start()
    made.mail.delay = 0
    _finish(made, moves)
    outcome = Outcome(messages, done)
    outcome.read_mails([mails_to(made, address) for address in moves.values()])
    outcome.gaps = _gaps(made)
    rows = made.kari.rpc.call(
        "konfidens.payment.message",
        "search_read",
        [["move_id", "in", list(moves)]],
        ["state"],
    )
    outcome.unfinished = sum(row["state"] != "delivered" for row in rows)
    return outcome


def _live_for(made, moments, moves, share):
    """Let the server live until a random number of mails has come, and a moment."""
    before = len(made.mail.mails)
    wanted = moments.randint(0, 2 * share)
    made.wake_cron()  # who just started looks after a minute else

    def enough():
        made.wake_cron()
        return len(made.mail.mails) - before >= wanted or _all_posted(made, moves)

    with contextlib.suppress(TimeoutError):  # what is left waits for its next try
        wait_until(enough, LONGEST_LIFE, "mails")
    time.sleep(moments.uniform(0, 0.3))  # nothing to wait for: any moment will do


def _all_posted(made, moves):
    rows = made.kari.rpc.call("account.move", "read", list(moves), ["state"])
    return all(row["state"] == "posted" for row in rows)


def _finish(made, moves):
    def finished():
        for name in ("send_due", "complete_delivered"):
            run_cron(made, name)
        return _all_posted(made, moves)

    wait_until(finished, 180, "all invoices to be posted")


def _gaps(made):
    """How many numbers of posted invoices are missing or double."""
    rows = made.admin.rpc.call(
        "account.move", "search_read", [["state", "=", "posted"]], ["name"]
    )
    numbers = [int(re.search(r"\d+$", row["name"])[0]) for row in rows]
    whole = set(range(1, max(numbers, default=0) + 1))
    return len(whole - set(numbers)) + len(numbers) - len(set(numbers))


def main(arguments):
    """Kill, and print what became of the messages.

    :param arguments: messages, kills, seed
    :return: 0 if nothing was lost, doubled or left in between, 1 otherwise
    """
    messages, kills, seed = map(int, arguments)
    with practice(prefix="kill") as made:
        outcome = kill_ours(made, messages, kills, seed)
    print(f"messages   {outcome.messages}")
    print(f"kills      {outcome.kills} (seed {seed})")
    print(f"repeated   {outcome.repeated}, {outcome.other_ids} as another message")
    print(f"lost       {outcome.lost}")
    print(f"gaps       {outcome.gaps} in the invoices' numbers")
    print(f"unfinished {outcome.unfinished}")
    return 0 if outcome.held() else 1


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
