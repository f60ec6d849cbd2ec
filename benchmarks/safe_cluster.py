"""A PostgreSQL that waits for the disk, as it does where nobody tells it otherwise."""

import contextlib
import os

from devtools.database.own_cluster import own_cluster

# What is committed stays whatever happens: PostgreSQL waits for the disk each time.
_SAFE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


@contextlib.contextmanager
def safe_cluster(names):
    """A cluster that waits for the disk at each commit, in use in the block.

    :param names: of databases of the usual cluster; these are copied, without files
    :return: the `Cluster`
    :raise Problem: when it cannot be made
    """
    with own_cluster(names, _SAFE) as own:
        os.sync()  # only what is measured waits for the disk, not the making of it
        yield own
