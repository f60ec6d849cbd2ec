"""A PostgreSQL cluster of a test's own, which may be stopped without harm."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..environment.problem import Problem
from . import catalog
from .cluster import Cluster

# What is committed stays, also in a crash of the server (not of the machine).
_DURABLE = {"synchronous_commit": "on"}
# What is committed stays whatever happens: PostgreSQL waits for the disk each time.
_SAFE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


@contextlib.contextmanager
def copied_cluster():
    """A copy of the usual cluster, in use for the time of the block.

    :return: the `Cluster`
    :raise Problem: when it cannot be made, e.g. of a server of the user's own
    """
    with _own() as own:
        own.prepare_copy()
        own.settings = _DURABLE
        with own.in_use():
            own.start()
            yield own


@contextlib.contextmanager
def safe_cluster(names):
    """A cluster that waits for the disk at each commit (``fsync``), in use likewise.

    As PostgreSQL does where nobody tells it otherwise.

    :param names: of databases of the usual cluster; these are copied, without files
    :return: the `Cluster`
    :raise Problem: when it cannot be made
    """
    with _own() as own:
        own.prepare_empty()
        usual = dict(os.environ)
        with own.in_use():
            # Only what is measured waits for the disk, not the making of it.
            own.start()
            for name in names:
                _copy(own, usual, name)
            own.stop()
            os.sync()
            own.settings = _SAFE
            own.start()
            yield own


@contextlib.contextmanager
def _own():
    """A `Cluster` in a folder of its own; nothing is left of it after the block."""
    folder = Path(tempfile.mkdtemp(prefix="kp-"))
    folder.chmod(0o755)  # root's server runs as another user
    own = Cluster(folder / "postgres")
    try:
        yield own
    finally:
        own.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _copy(own, usual, name):
    """Copy a database into the cluster in use.

    :param usual: the environment of the cluster that has it
    """
    catalog.execute("CREATE DATABASE {}", name)
    reading = [own.program("pg_dump"), name]
    writing = [own.program("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-d", name]
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
