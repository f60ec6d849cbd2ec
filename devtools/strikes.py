"""Ways to break what messages need, for the kill command and its tests.

Each returns a function that breaks something and mends it again.
"""

import contextlib
import random
import threading
import time

from . import kill, pg_own
from .practice import wait_until
from .problem import Problem
from .server import OdooServer


@contextlib.contextmanager
def two_servers(made, seed):
    """A second server with its own jobs on the same database; one of them is killed.

    :param made: the `Practice`
    :param seed: of which
    :return: the strike
    """
    moments = random.Random(seed)
    with OdooServer(made.database, config=made.mail.config()) as second:

        def strike():
            server = moments.choice([made.server, second])
            server.kill()
            server.start()

        yield strike


def mail_server(made, seed):
    """The mail server breaks the connection in the middle, is down, and up again."""
    moments = random.Random(seed)
    mail = made.mail

    def strike():
        met = []
        how = moments.choice(["before", "after"])

        def meet(_address):
            mail.drop = None if met else how
            met.append(how)
            return False

        mail.defer = meet
        with contextlib.suppress(TimeoutError):  # nothing is under way
            wait_until(lambda: met, 2, "a mail")
        mail.stop()
        time.sleep(0.5)  # for as long it is down
        mail.drop = None
        mail.defer = set()
        mail.start()
        kill.let_time_pass(made)

    return strike


def postgres(home, seed):
    """PostgreSQL is stopped, gently or as in a crash, and started again.

    :param home: the `PgHome` of a cluster of one's own
    :param seed: of how
    """
    moments = random.Random(seed)

    def strike():
        pg_own.restart(home, crash=moments.random() < 0.5)

    return strike


@contextlib.contextmanager
def supervised(server):
    """Start a server again whenever it ends, as a service manager does.

    Odoo ends when it has to replace a worker and its database is away.

    :param server: the `OdooServer`
    """
    end = threading.Event()

    def look_after_it():
        while not end.wait(0.2):
            if not server.is_running():
                server.kill()  # what is left of its workers
                with contextlib.suppress(Problem):  # once more
                    server.start()

    thread = threading.Thread(target=look_after_it)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
