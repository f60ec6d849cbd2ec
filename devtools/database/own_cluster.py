"""A PostgreSQL cluster of a test's own, which may be stopped without harm."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from ..environment.problem import Problem
from . import catalog, postgres
from .cluster import ROLE, PgHome

# What is committed stays, also in a crash of the server (not of the machine).
_DURABLE = {"synchronous_commit": "on"}
# What is committed stays whatever happens: PostgreSQL waits for the disk each time.
_SAFE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


@contextlib.contextmanager
def cluster():
    """A copy of the usual cluster, in use for the time of the block.

    The PG* variables name it.

    :return: its `PgHome`
    :raise Problem: when it cannot be made, e.g. of a server of the user's own
    """
    with _home() as home:
        home.prepare_copy()
        _name(home)
        start(home)
        yield home


@contextlib.contextmanager
def safe_cluster(names):
    """A cluster that waits for the disk at each commit (``fsync``), in use likewise.

    As PostgreSQL does where nobody tells it otherwise.

    :param names: of databases of the usual cluster; these are copied, without files
    :return: its `PgHome`
    :raise Problem: when it cannot be made
    """
    with _home() as home:
        home.prepare_empty()
        usual = dict(os.environ)
        _name(home)
        # Only what is measured waits for the disk, not the making of it.
        start(home)
        for name in names:
            _copy(home, usual, name)
        stop(home)
        os.sync()
        postgres.start(home, _SAFE)
        yield home


@contextlib.contextmanager
def _home():
    """A `PgHome` in a folder of its own; nothing is left of it after the block."""
    folder = Path(tempfile.mkdtemp(prefix="kp-"))
    folder.chmod(0o755)  # root's server runs as another user
    home = PgHome(folder / "postgres")
    before = {name: os.environ.get(name) for name in ("PGHOST", "PGPORT", "PGUSER")}
    try:
        yield home
    finally:
        postgres.stop(home)
        for name, value in before.items():
            if value is not None:
                os.environ[name] = value
        shutil.rmtree(folder, ignore_errors=True)


def _name(home):
    """Let the PG* variables name it."""
    os.environ.update(PGHOST=str(home.sockets), PGPORT="5432", PGUSER=ROLE)


def _copy(home, usual, name):
    """Copy a database into the cluster that the PG* variables name.

    :param usual: the environment of the cluster that has it
    """
    catalog.execute("CREATE DATABASE {}", name)
    reading = [home.program("pg_dump"), name]
    writing = [home.program("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-d", name]
    with subprocess.Popen(reading, env=usual, stdout=subprocess.PIPE) as dump:
        done = subprocess.run(
            writing,
            stdin=dump.stdout,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    if done.returncode or dump.returncode:
        raise Problem(f"The database {name} could not be copied: {done.stderr}")


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
