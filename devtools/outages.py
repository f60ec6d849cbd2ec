"""What else breaks than one server, while people work: ./dev kill --what."""

import contextlib
import sys

from . import pg_own, strikes
from .bootstrap import guarded
from .database import test_database
from .kill import kill_ours, random_lives
from .mailserver import MailServer
from .outcome import table
from .people import People
from .practice import Practice, practice
from .server import OdooServer

# So slow is the mail server that all messages take this long for each strike: what is
# broken needs time to come back, and people need some to work.
SECONDS_PER_STRIKE = 5

TITLES = {
    "two-servers": "one of two servers, killed",
    "mail": "mail server, stopped",
    "postgres": "PostgreSQL, restarted",
}


@contextlib.contextmanager
def _two_servers(seed):
    with practice(prefix="kill") as made, strikes.two_servers(made, seed) as strike:
        yield made, strike


@contextlib.contextmanager
def _mail(seed):
    with practice(prefix="kill") as made:
        yield made, strikes.mail_server(made, seed)


@contextlib.contextmanager
def _postgres(seed):
    with practice_on_own_postgres() as (made, home):
        yield made, strikes.postgres(home, seed)


_BREAKABLE = {"two-servers": _two_servers, "mail": _mail, "postgres": _postgres}


@contextlib.contextmanager
def practice_on_own_postgres():
    """A `Practice` on a PostgreSQL cluster of its own, and that cluster's `PgHome`."""
    with (
        test_database("test_own", demo=True) as name,
        pg_own.cluster() as home,
        MailServer() as mail,
        # Odoo's single process loses its job thread with the database connection;
        # workers are replaced.
        OdooServer(name, workers=1, config=mail.config()) as server,
    ):
        with strikes.supervised(server):
            made = Practice(name, server, mail)
            made.activate(payments_create_draft=False)
            yield made, home
        server.kill()  # nothing to wait for


def main(arguments):
    """Break something again and again, and print what became of the messages.

    :param arguments: one of `TITLES`, messages, kills, seed
    :return: 0 if nothing was lost, doubled or left in between, nor anybody told what
        does not hold; 1 otherwise
    """
    what, *numbers = arguments
    messages, kills, seed = map(int, numbers)
    lives = random_lives(messages, kills, seed)
    with _BREAKABLE[what](seed) as (made, strike):
        people = People(made, seed)
        pace = SECONDS_PER_STRIKE * kills / messages
        outcome = kill_ours(made, messages, lives, "outage", strike, people, pace)
    print(f"Broken while people work (seed {seed}):")
    print(table({TITLES[what]: outcome}))
    done = (f"{name} {count}" for name, count in people.counts().items())
    print(f"What people did meanwhile: {', '.join(done)}.")
    for wrong in outcome.wrong:
        print(f"WRONG: {wrong}")
    return 0 if outcome.held() else 1


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
