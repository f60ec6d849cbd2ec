"""A PostgreSQL cluster of one's own, with copies of databases of the usual one."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..environment.problem import Problem
from . import catalog
from .cluster import Cluster


@contextlib.contextmanager
def own_cluster(names, settings):
    """A cluster with settings of its own, which may be stopped; gone after the block.

    :param names: of databases of the usual cluster; these are copied, without files
    :param settings: of PostgreSQL, those that are not as usual: a dict
    :return: the `Cluster`, running and in use
    :raise Problem: when it cannot be made
    """
    folder = Path(tempfile.mkdtemp(prefix="kp-"))
    folder.chmod(0o755)  # root's server runs as another user
    own = Cluster(folder / "postgres")
    try:
        own.prepare_own()
        usual = dict(os.environ)
        with own.in_use():
            # With the usual settings: nobody waits for the disk to make it.
            own.start()
            for name in names:
                _copy(own, usual, name)
            own.stop()
            own.settings = settings
            own.start()
            yield own
    finally:
        own.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _copy(own, usual, name):
    """Copy a database from the cluster that the environment `usual` names."""
    catalog.execute("CREATE DATABASE {}", name)
    reading = [own.program("pg_dump"), name]
    writing = [own.program("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-d", name]
    with subprocess.Popen(reading, env=usual, stdout=subprocess.PIPE) as dump:
        done = subprocess.run(
            writing, stdin=dump.stdout, capture_output=True, text=True
        )
    if done.returncode or dump.returncode:
        raise Problem(f"The database {name} could not be copied: {done.stderr}")
