"""Ways to break what messages need, for the kill command and its tests.

Each is a function that returns a context manager: it breaks something, and mends it at
the end of the block. What the block gets says whether what was under way may still go
on until then.
"""

import contextlib
import random
import threading
import time

import psycopg2

from ..database import catalog
from ..environment.problem import Problem
from ..practice.server import OdooServer
from .breaking import let_time_pass
from .outcome import Break

# How long Odoo may be without anybody who waits for its jobs, in seconds, before who
# watches it starts it again.
_DEAF = 3
# Odoo's job threads and job workers wait for their work by a connection of their own.
_LISTENERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = 'postgres' AND application_name LIKE 'odoo-%%'
"""


def server(made):
    """The server is killed, and started again."""

    @contextlib.contextmanager
    def failure():
        made.server.kill()
        yield False
        made.server.start()

    return failure


@contextlib.contextmanager
def two_servers(made, seed):
    """A second server with its own jobs on the same database; one of them is killed.

    :param made: the `Practice`
    :param seed: of which
    :return: the failure
    """
    moments = random.Random(seed)
    with OdooServer(made.database, config=made.mail.config()) as second:

        @contextlib.contextmanager
        def failure():
            killed = moments.choice([made.server, second])
            killed.kill()
            yield False
            killed.start()

        yield failure


def mail_server(made, seed):
    """The mail server breaks the connection in the middle, is down, and up again."""
    moments = random.Random(seed)
    mail = made.mail

    @contextlib.contextmanager
    def failure():
        met = threading.Event()
        how = moments.choice(["before", "after"])

        def meet(_address):
            if not met.is_set():
                mail.limit = 0  # nobody comes in any more
                mail.drop = how
                met.set()
            return False

        mail.defer = meet
        met.wait(2)  # else nothing is under way
        mail.stop()
        yield False
        time.sleep(0.5)  # for as long it is down
        mail.drop = mail.limit = None
        mail.defer = set()
        mail.start()
        let_time_pass(made)

    return failure


def postgres(cluster, seed):
    """PostgreSQL is stopped, gently or as in a crash, and started again.

    :param cluster: a `Cluster` of one's own
    :param seed: of how
    """
    moments = random.Random(seed)

    @contextlib.contextmanager
    def failure():
        cluster.stop(crash=moments.random() < 0.5)
        # Odoo lives, and the mail that it was sending may still arrive.
        yield True
        cluster.start()

    return failure


# === WHO STARTS ODOO AGAIN === #


@contextlib.contextmanager
def supervised(server, watchful=False):
    """Start a server again whenever it ends, as a service manager does.

    Odoo with workers ends when it has to replace one and its database is away. Odoo
    without workers lives on, and nobody does its jobs any more: their thread ended
    with the connection by which it waits for them. So whoever runs Odoo like that has
    to watch it, and this is how: a server that waits for no job is started again.

    :param server: the `OdooServer`
    :param watchful: also when it waits for no job
    :return: list of `Break`, one for each time that it was ended while it lived
    """
    end = threading.Event()
    breaks = []

    def look_after_it():
        deaf_since = None
        while not end.wait(0.2):
            if watchful and server.is_running():
                deaf_since = None if listens() else deaf_since or time.monotonic()
            if not server.is_running() or (
                deaf_since and time.monotonic() - deaf_since > _DEAF
            ):
                begun = time.time()
                server.kill()  # and what is left of its workers
                if deaf_since:
                    breaks.append(Break(begun, time.time()))
                deaf_since = None
                with contextlib.suppress(Problem):  # once more
                    server.start()

    thread = threading.Thread(target=look_after_it)
    thread.start()
    try:
        yield breaks
    finally:
        end.set()
        thread.join()


def listens():
    """Whether an Odoo waits for its jobs; also if the database is away just now."""
    try:
        ((count,),) = catalog.execute_in("postgres", _LISTENERS)
    except psycopg2.OperationalError:
        return True
    return bool(count)
