"""What can be broken meanwhile: what ./dev kill --what names.

Each is a context manager of a practice of its own; its block gets the `Work` and the
strike.
"""

import contextlib

from .. import pg_own
from ..database import test_database
from ..mailserver import MailServer
from ..practice import Practice, practice
from ..server import OdooServer
from ..sms_practice import sms_practice
from . import strikes
from .billing import Billing
from .breaking import count_connections
from .later import Receipts, Reminders
from .mails import Mails
from .people import People
from .texts import Texts

# So slow is the mail server that all messages take this long for each strike: what is
# broken needs time to come back, and people need some to work.
SECONDS_PER_STRIKE = 5


def _mails_with_people(made, messages, kills, seed):
    # each connection waits for its own mail only
    pace = SECONDS_PER_STRIKE * kills * count_connections(made) / messages
    return Mails(made, messages, "outage", People(made, seed), pace)


@contextlib.contextmanager
def _server(messages, _kills, _seed):
    with practice(prefix="kill") as made:
        yield Mails(made, messages, "kill"), strikes.server(made)


@contextlib.contextmanager
def _two_servers(messages, kills, seed):
    with practice(prefix="kill") as made, strikes.two_servers(made, seed) as strike:
        yield _mails_with_people(made, messages, kills, seed), strike


@contextlib.contextmanager
def _mail(messages, kills, seed):
    with practice(prefix="kill") as made:
        work = _mails_with_people(made, messages, kills, seed)
        yield work, strikes.mail_server(made, seed)


def _postgres(workers):
    @contextlib.contextmanager
    def scenario(messages, kills, seed):
        with practice_on_own_postgres(workers) as (made, home, restarts):
            work = _mails_with_people(made, messages, kills, seed)
            work.other_breaks = restarts
            yield work, strikes.postgres(home, seed)

    return scenario


def _texts(**options):
    @contextlib.contextmanager
    def scenario(messages, _kills, _seed):
        # two jobs at once, so that both channels are under way
        with sms_practice(prefix="kill", cron_threads=2) as made:
            yield Texts(made, messages, "kill", **options), strikes.server(made)

    return scenario


def _later(work):
    @contextlib.contextmanager
    def scenario(messages, _kills, _seed):
        with practice(prefix="kill") as made:
            yield work(made, messages, "kill"), strikes.server(made)

    return scenario


def _billing(send):
    @contextlib.contextmanager
    def scenario(messages, _kills, seed):
        with practice(prefix="kill") as made:
            yield Billing(made, messages, "kill", seed, send), strikes.server(made)

    return scenario


# Name: title, context manager.
SCENARIOS = {
    "server": ("the server, killed", _server),
    "two-servers": ("one of two servers, killed", _two_servers),
    "mail": ("mail server, stopped", _mail),
    "postgres": ("PostgreSQL, restarted", _postgres(workers=1)),
    "postgres-threads": ("PostgreSQL, workers=0", _postgres(workers=0)),
    "sms": ("killed while SMS leave", _texts()),
    "failover": ("killed, with failover", _texts(trouble=True)),
    "both": ("killed, both channels", _texts(channel="both")),
    "together": ("killed, one for three", _texts(channel="email", each=3)),
    "together-sms": ("killed, one SMS for 3", _texts(each=3)),
    "reminders": ("killed, reminders", _later(Reminders)),
    "receipts": ("killed, receipts", _later(Receipts)),
    "drafts": ("killed making drafts", _billing(send=False)),
    "run": ("killed, run that sends", _billing(send=True)),
}


@contextlib.contextmanager
def practice_on_own_postgres(workers=1, watched=True):
    """A `Practice` on a PostgreSQL cluster of its own, and that cluster's `PgHome`.

    And a list of `Break`, one for each time that Odoo was ended to start it again.

    :param workers: as of `OdooServer`. Odoo's single process (0) loses its job thread
        with the database connection, and lives on; workers are replaced
    :param watched: it is started again where it ends, or waits for no job any more
    """
    with (
        test_database("test_own", demo=True) as name,
        pg_own.cluster() as home,
        MailServer() as mail,
        OdooServer(name, workers=workers, config=mail.config()) as server,
        contextlib.ExitStack() as stack,
    ):
        restarts = []
        if watched:
            watch = strikes.supervised(server, watchful=not workers)
            restarts = stack.enter_context(watch)
        made = Practice(name, server, mail)
        made.activate(payments_create_draft=False)
        yield made, home, restarts
        stack.close()
        server.kill()  # nothing to wait for
