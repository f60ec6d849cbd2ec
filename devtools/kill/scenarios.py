"""What can be broken meanwhile: what ./dev kill --what names.

Each is a context manager of a practice of its own; its block gets the `Work` and the
failure.
"""

import contextlib

from ..database.installed import test_database
from ..database.own_cluster import copied_cluster
from ..practice.running import Practice, practice
from ..practice.server import OdooServer
from ..practice.sms_practice import sms_practice
from ..stand_ins.mail_server import MailServer
from . import failures
from .billing import Billing
from .breaking import count_connections
from .colleagues import Colleagues
from .follow_ups import Receipts, Reminders
from .mails import Mails
from .sms import SmsMessages

# So slow is the mail server that all messages take this long for each failure: what is
# broken needs time to come back, and people need some to work.
SECONDS_PER_FAILURE = 5


def _mails_with_people(made, messages, kills, seed):
    # each connection waits for its own mail only
    pace = SECONDS_PER_FAILURE * kills * count_connections(made) / messages
    return Mails(made, messages, "outage", Colleagues(made, seed), pace)


@contextlib.contextmanager
def _server(messages, _kills, _seed):
    with practice(prefix="kill") as made:
        yield Mails(made, messages, "kill"), failures.server(made)


@contextlib.contextmanager
def _two_servers(messages, kills, seed):
    with practice(prefix="kill") as made, failures.two_servers(made, seed) as failure:
        yield _mails_with_people(made, messages, kills, seed), failure


@contextlib.contextmanager
def _mail(messages, kills, seed):
    with practice(prefix="kill") as made:
        work = _mails_with_people(made, messages, kills, seed)
        yield work, failures.mail_server(made, seed)


def _postgres(workers):
    @contextlib.contextmanager
    def scenario(messages, kills, seed):
        with practice_on_own_postgres(workers) as (made, cluster, restarts):
            work = _mails_with_people(made, messages, kills, seed)
            work.other_breaks = restarts
            yield work, failures.postgres(cluster, seed)

    return scenario


def _texts(**options):
    @contextlib.contextmanager
    def scenario(messages, _kills, _seed):
        # two jobs at once, so that both channels are under way
        with sms_practice(prefix="kill", cron_threads=2) as made:
            yield SmsMessages(made, messages, "kill", **options), failures.server(made)

    return scenario


def _later(work):
    @contextlib.contextmanager
    def scenario(messages, _kills, _seed):
        with practice(prefix="kill") as made:
            yield work(made, messages, "kill"), failures.server(made)

    return scenario


def _billing(send):
    @contextlib.contextmanager
    def scenario(messages, _kills, seed):
        with practice(prefix="kill") as made:
            yield Billing(made, messages, "kill", seed, send), failures.server(made)

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
    """A `Practice` on a PostgreSQL cluster of its own, and that `Cluster`.

    And a list of `Break`, one for each time that Odoo was ended to start it again.

    :param workers: as of `OdooServer`. Odoo's single process (0) loses its job thread
        with the database connection, and lives on; workers are replaced
    :param watched: it is started again where it ends, or waits for no job any more
    """
    with (
        test_database("test_own", demo=True) as name,
        copied_cluster() as cluster,
        MailServer() as mail,
        OdooServer(name, workers=workers, config=mail.config()) as server,
        contextlib.ExitStack() as stack,
    ):
        restarts = []
        if watched:
            watch = failures.supervised(server, watchful=not workers)
            restarts = stack.enter_context(watch)
        made = Practice(name, server, mail)
        made.activate(payments_create_draft=False)
        yield made, cluster, restarts
        stack.close()
        server.kill()  # nothing to wait for
