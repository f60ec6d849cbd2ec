"""PostgreSQL: the user's own (PG* variables), or one in the cache.

The one in the cache is shared by all calls of ./dev that run at the same time: each
holds a shared lock while it uses the server, and the last one out stops it. A call
that was killed leaves the server running for the next.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import time

import psycopg2

from ..environment import locks
from ..environment.problem import Problem
from .catalog import connect, drop_temporary
from .cluster import ROLE, PgHome

_OWN_VARIABLES = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGSERVICE")
_SECONDS = 60
# Nothing here must survive a crash of the machine, only of processes.
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": 200,
    "shared_buffers": "256MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "1GB",
    "log_min_messages": "warning",
}


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
    home = PgHome()
    before = dict(os.environ)
    use = locks.open_lock("postgres-use")
    try:
        with locks.locked("postgres", "it is starting PostgreSQL"):
            fcntl.flock(use, fcntl.LOCK_SH)
            home.prepare()
            os.environ.update(PGHOST=str(home.sockets), PGPORT="5432", PGUSER=ROLE)
            if not _answers():
                start(home)
        os.set_inheritable(use, True)
        yield use
    finally:
        # Closed, not unlocked: a child that outlives us goes on holding it.
        os.close(use)
        _leave(home)
        for name in ("PGHOST", "PGPORT", "PGUSER"):
            os.environ.pop(name, None)
            if name in before:
                os.environ[name] = before[name]


def _leave(home):
    """Stop the server, if nobody uses it any more."""
    with locks.locked("postgres"):
        use = locks.open_lock("postgres-use")
        try:
            if locks.try_lock(use) and home.pid():
                # Whatever fails here is tried again by the next one who leaves.
                with contextlib.suppress(psycopg2.Error):
                    drop_temporary()
                stop(home)
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
        connection = connect()
    except psycopg2.OperationalError as error:
        raise Problem(
            "The PostgreSQL that the PG* variables name cannot be used: "
            f"{str(error).strip()}"
        ) from error
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolcreatedb OR rolsuper FROM pg_roles"
            " WHERE rolname = current_user"
        )
        role, may_create = cursor.fetchone()
    if role == "postgres" or not may_create:
        raise Problem(
            f"PostgreSQL's role {role} cannot be used: Odoo wants one that may create "
            "databases and is not called postgres; name another in PGUSER."
        )


def start(home, settings=None):
    """Start a server of ours and wait until it answers.

    :param home: its `PgHome`, prepared; the PG* variables name it
    :param settings: other settings than the usual ones: a dict
    :raise Problem: when it does not start
    """
    command = [home.program("postgres"), "-D", home.data, "-k", home.sockets]
    for name, value in {**_SETTINGS, **(settings or {})}.items():
        command += ["-c", f"{name}={value}"]
    home.forget_dead_server()
    home.note_start()
    with home.log.open("w") as log:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            **home.as_user(),
        )
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        if _answers():
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    tail = "\n".join(home.log.read_text(errors="replace").splitlines()[-8:])
    raise Problem(
        f"PostgreSQL did not start; removing {home.folder} makes it begin anew. Its "
        f"log, {home.log}, ends with:\n{tail}"
    )


def stop(home):
    """Stop the cache's server, if it runs, and wait until it is gone.

    :param home: its `PgHome`
    """
    pid = home.pid()
    if not pid:
        return
    # Fast shutdown: open sessions are ended, data are written.
    os.kill(pid, signal.SIGINT)
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and home.pid():
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        time.sleep(0.02)
    if not home.pid():
        home.note_stop()
