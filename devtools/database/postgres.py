"""PostgreSQL: the user's own (PG* variables), or one in the cache.

The one in the cache is shared by all calls of ./dev that run at the same time: each
holds a shared lock while it uses the server, and the last one out stops it. A call
that was killed leaves the server running for the next.
"""

import contextlib
import fcntl
import os

import psycopg2

from ..environment import locks
from ..environment.problem import Problem
from .catalog import connect, drop_temporary, execute_in
from .cluster import Cluster

_OWN_VARIABLES = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGSERVICE")


@contextlib.contextmanager
def running():
    """A PostgreSQL that runs for the time of the block.

    The PG* variables of this process, and so of those it starts, name it.

    :return: the lock's file descriptor, to be inherited by long-lived children
        (`pass_fds`) so that the server stays while they live; None for a server of
        the user's own
    :raise Problem: when it does not start, or the user's own cannot be used
    """
    if any(os.environ.get(name) for name in _OWN_VARIABLES):
        _check_own()
        yield None
        return
    cluster = Cluster()
    use = locks.open_lock("postgres-use")
    with cluster.in_use():
        try:
            with locks.locked("postgres", "it is starting PostgreSQL"):
                fcntl.flock(use, fcntl.LOCK_SH)
                cluster.prepare()
                if not _answers():
                    cluster.start()
            os.set_inheritable(use, True)
            yield use
        finally:
            # Closed, not unlocked: a child that outlives us goes on holding it.
            os.close(use)
            _leave(cluster)


def _leave(cluster):
    """Stop the server, if nobody uses it any more."""
    with locks.locked("postgres"):
        use = locks.open_lock("postgres-use")
        try:
            if locks.try_lock(use) and cluster.is_running():
                # Whatever fails here is tried again by the next one who leaves.
                with contextlib.suppress(psycopg2.Error):
                    drop_temporary()
                cluster.stop()
        finally:
            os.close(use)


def _answers():
    try:
        connect().close()
    except psycopg2.OperationalError:
        return False
    return True


def _check_own():
    try:
        [(role, may_create)] = execute_in(
            "postgres",
            "SELECT rolname, rolcreatedb OR rolsuper FROM pg_roles"
            " WHERE rolname = current_user",
        )
    except psycopg2.OperationalError as error:
        raise Problem(
            "The PostgreSQL that the PG* variables name cannot be used: "
            f"{str(error).strip()}"
        ) from error
    if role == "postgres" or not may_create:
        raise Problem(
            f"PostgreSQL's role {role} cannot be used: Odoo wants one that may create "
            "databases and is not called postgres; name another in PGUSER."
        )
