"""A PostgreSQL that waits for the disk, as it does where nobody tells it otherwise."""

import contextlib
import os
import subprocess

from devtools.database import catalog
from devtools.database.own_cluster import own_cluster
from devtools.environment.problem import Problem

# What is committed stays whatever happens: PostgreSQL waits for the disk each time.
_SAFE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


@contextlib.contextmanager
def safe_cluster(names):
    """A cluster that waits for the disk at each commit, in use in the block.

    :param names: of databases of the usual cluster; these are copied, without files
    :return: the `Cluster`
    :raise Problem: when it cannot be made
    """
    with own_cluster() as own:
        own.prepare_own()
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
