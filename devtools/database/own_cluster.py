"""A PostgreSQL cluster of a test's own, which may be stopped without harm."""

import contextlib
import shutil
import tempfile
from pathlib import Path

from .cluster import Cluster

# What is committed stays, also in a crash of the server (not of the machine).
_DURABLE = {"synchronous_commit": "on"}


@contextlib.contextmanager
def copied_cluster():
    """A copy of the usual cluster, in use for the time of the block.

    :return: the `Cluster`
    :raise Problem: when it cannot be made, e.g. of a server of the user's own
    """
    with own_cluster() as own:
        own.prepare_own(copied=True)
        own.settings = _DURABLE
        with own.in_use():
            own.start()
            yield own


@contextlib.contextmanager
def own_cluster():
    """A `Cluster` in a folder of its own, to be prepared and started.

    Nothing is left of it after the block.
    """
    folder = Path(tempfile.mkdtemp(prefix="kp-"))
    folder.chmod(0o755)  # root's server runs as another user
    own = Cluster(folder / "postgres")
    try:
        yield own
    finally:
        own.stop()
        shutil.rmtree(folder, ignore_errors=True)
