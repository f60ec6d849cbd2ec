"""A PostgreSQL cluster of a test's own, which may be stopped without harm."""

import contextlib
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

from . import postgres
from .pg_home import ROLE, PgHome

# What is committed stays, also in a crash of the server (not of the machine).
_DURABLE = {"synchronous_commit": "on"}


@contextlib.contextmanager
def cluster():
    """A copy of the usual cluster, in use for the time of the block.

    The PG* variables name it.

    :return: its `PgHome`
    :raise Problem: when it cannot be made, e.g. of a server of the user's own
    """
    folder = Path(tempfile.mkdtemp(prefix="kp-"))
    folder.chmod(0o755)  # root's server runs as another user
    home = PgHome(folder / "postgres")
    before = {name: os.environ.get(name) for name in ("PGHOST", "PGPORT", "PGUSER")}
    try:
        home.prepare_copy()
        os.environ.update(PGHOST=str(home.sockets), PGPORT="5432", PGUSER=ROLE)
        start(home)
        yield home
    finally:
        postgres.stop(home)
        for name, value in before.items():
            if value is not None:
                os.environ[name] = value
        shutil.rmtree(folder, ignore_errors=True)


def stop(home, crash=False):
    """Stop the server.

    :param home: its `PgHome`
    :param crash: without a word to who is connected, and with recovery afterwards
    """
    pid = home.pid()
    os.kill(pid, signal.SIGQUIT if crash else signal.SIGINT)
    while home.pid():
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        time.sleep(0.02)


def start(home):
    """Start the server again, as `cluster` did."""
    postgres.start(home, _DURABLE)
