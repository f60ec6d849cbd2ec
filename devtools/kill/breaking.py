"""Something is broken again and again while some work goes on."""

import contextlib
import random
import time

import psycopg2

from ..database import catalog
from ..environment import progress
from ..environment.clock import wait_until
from ..practice.rpc import RpcError
from .outcome import Break, Outcome

# A server that is not killed in this time is killed all the same.
LONGEST_LIFE = 30
# What is left in between after this time is left for ever.
LONGEST_WAIT = 120

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


def break_while(work, lives, failure, connections=None, sms_connections=None):
    """Let some work be done while something is broken, until nothing is left to do.

    :param work: the `Work`
    :param lives: as `random_lives`
    :param failure: function that returns a context manager: it breaks something, and
        mends it at the end of the block. Its block's value says whether what was under
        way may go on until it is mended
    :param connections: how many mails may be under way at once; default: what the
        addon takes
    :param sms_connections: how many SMS may be; default: likewise
    :return: `Outcome`
    """
    made = work.made
    if connections is None:
        connections = count_connections(made)
    if sms_connections is None:
        sms_connections = count_sms_connections(made)
    work.begin()
    breaks = live_and_die(work, lives, failure)
    work.finish()
    wake = waker(made, work.jobs)

    def settled():
        let_time_pass(made)
        # the database was away, or the server was at the same rows
        with contextlib.suppress(RpcError, OSError, psycopg2.OperationalError):
            wake()
            work.run_jobs()
            return work.is_settled()
        return False

    with contextlib.suppress(TimeoutError):  # the outcome says what is left
        wait_until(settled, LONGEST_WAIT, "all to be settled")
    breaks = sorted(breaks + work.other_breaks, key=lambda broken: broken.begun)
    outcome = Outcome(0, breaks, connections, sms_connections)
    work.read(outcome)
    return outcome


def count_connections(made):
    """How many mails the addon has under way at once, at most."""
    rpc = made.admin.rpc
    name = "payments_connections"
    servers = rpc.call("ir.mail_server", "search_read", [], [name])
    default = rpc.call("ir.mail_server", "default_get", [name])
    return max([row[name] for row in servers] or [default[name]])


def count_sms_connections(made):
    """How many SMS the addon has under way at once, at most."""
    name = "payments_sms_connections"
    rows = made.admin.rpc.call("res.company", "search_read", [], [name])
    return max(row[name] for row in rows)


def random_lives(messages, kills, seed, pause=0.1):
    """How long the server lives each time: so short that all kills find it at work.

    :param pause: how long it lives at most after the mails that it may send, in seconds
    :return: list of (mails that come before it is killed, seconds after these)
    """
    moments = random.Random(seed)
    share = max(messages // kills, 1)
    return [
        (moments.randint(0, share), moments.uniform(0, pause)) for _i in range(kills)
    ]


def live_and_die(work, lives, failure):
    """Strike after each of these lives, for as long as there is something to do.

    :param work: the `Work`
    :param lives: as `random_lives`
    :param failure: as in `break_while`
    :return: list of `Break`
    """
    wake = waker(work.made, work.jobs)
    breaks = []
    for mails, pause in lives:
        before = work.count()

        def enough(before=before, mails=mails):
            wake()  # who just started looks after a minute else
            return work.count() - before >= mails or not work.is_busy()

        with contextlib.suppress(TimeoutError):  # what is left waits for its next try
            wait_until(enough, LONGEST_LIFE, "mails")
        if not work.is_busy():
            break
        time.sleep(pause)  # nothing to wait for: any moment will do
        broken = Break(time.time(), 0)
        with failure() as goes_on:
            broken.ended = time.time()
            work.look_while_broken(broken)
        if goes_on:
            broken.ended = time.time()
        breaks.append(broken)
        progress.say(f"{len(breaks)} of {len(lives)} breaks, {work.count()} done")
    return breaks


def waker(made, jobs):
    """A function that lets the server look what is due, for again and again.

    After three kills Odoo takes a job for one that never ends, and puts it off to its
    next periodic run. That comes at once here, for our jobs and for Odoo's.

    :param made: the `Practice`
    :param jobs: as `Work.jobs`
    """
    names = [f"ir_cron_{name}" for name in jobs]
    last = -PERIOD

    def wake():
        nonlocal last
        if time.monotonic() > last + PERIOD:
            catalog.execute_in(made.database, _PERIODIC_RUN, [names])
            last = time.monotonic()
        made.wake_cron()

    return wake


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
