"""What can be broken meanwhile: what ./dev kill --what names.

Each is a context manager of a practice of its own; its block gets the `Work` and the
failure.
"""

import contextlib

from ..database.installed import test_database
from ..database.own_cluster import own_cluster
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
# What is committed stays, also in a crash of the server (not of the machine).
_DURABLE = {"synchronous_commit": "on"}


def _mails_with_colleagues(made, messages, kills, seed):
    # each connection waits for its own mail only
    pace = SECONDS_PER_FAILURE * kills * count_connections(made) / messages
    colleagues = Colleagues(made, seed)
    return Mails(made, messages, "outage", colleagues=colleagues, seconds=pace)


def _killed(work, **options):
    """The server is killed meanwhile.

    :param work: the class of the `Work`
    :param options: more of it
    """

    @contextlib.contextmanager
    def scenario(messages, _kills, seed):
        if work is SmsMessages:
            # two jobs at once, so that both channels are under way
            running = sms_practice(prefix="kill", cron_threads=2)
        else:
            running = practice(prefix="kill")
        with running as made:
            doing = work(made, messages, "kill", seed=seed, **options)
            yield doing, failures.server(made)

    return scenario


@contextlib.contextmanager
def _two_servers(messages, kills, seed):
    with practice(prefix="kill") as made, failures.two_servers(made, seed) as failure:
        yield _mails_with_colleagues(made, messages, kills, seed), failure


@contextlib.contextmanager
def _mail(messages, kills, seed):
    with practice(prefix="kill") as made:
        work = _mails_with_colleagues(made, messages, kills, seed)
        yield work, failures.mail_server(made, seed)


def _postgres(workers):
    @contextlib.contextmanager
    def scenario(messages, kills, seed):
        with practice_on_own_postgres(workers) as (made, cluster, restarts):
            work = _mails_with_colleagues(made, messages, kills, seed)
            work.other_breaks = restarts
            yield work, failures.postgres(cluster, seed)

    return scenario


# Name: title, context manager.
SCENARIOS = {
    "server": ("the server, killed", _killed(Mails)),
    "two-servers": ("one of two servers, killed", _two_servers),
    "mail": ("mail server, stopped", _mail),
    "postgres": ("PostgreSQL, restarted", _postgres(workers=1)),
    "postgres-threads": ("PostgreSQL, workers=0", _postgres(workers=0)),
    "sms": ("killed while SMS leave", _killed(SmsMessages)),
    "failover": ("killed, with failover", _killed(SmsMessages, trouble=True)),
    "both": ("killed, both channels", _killed(SmsMessages, channel="both")),
    "together": (
        "killed, one for three",
        _killed(SmsMessages, channel="email", each=3),
    ),
    "together-sms": ("killed, one SMS for 3", _killed(SmsMessages, each=3)),
    "reminders": ("killed, reminders", _killed(Reminders)),
    "receipts": ("killed, receipts", _killed(Receipts)),
    "drafts": ("killed making drafts", _killed(Billing, send=False)),
    "run": ("killed, run that sends", _killed(Billing, send=True)),
}


@contextlib.contextmanager
def practice_on_own_postgres(workers=1):
    """A `Practice` on a PostgreSQL cluster of its own, and that `Cluster`.

    And a list of `Break`, one for each time that Odoo was ended to start it again:
    where it waits for no job any more.

    :param workers: as of `OdooServer`. Odoo's single process (0) loses its job thread
        with the database connection, and lives on; workers are replaced
    """
    with (
        test_database("test_own", demo=True) as name,
        own_cluster([name], _DURABLE) as cluster,
        MailServer() as mail,
        OdooServer(name, workers=workers, config=mail.config()) as server,
    ):
        with failures.supervised(server, watchful=not workers) as restarts:
            made = Practice(name, server, mail)
            made.activate(payments_create_draft=False)
            yield made, cluster, restarts
        server.kill()  # nothing to wait for
