"""Locks between processes, so that two calls of ./dev do not trip over each other."""

import contextlib
import fcntl
import os

from . import progress
from .settings import cache_folder

_held = []


def held():
    """File descriptors of the locks held now.

    Set-up commands inherit them (`pass_fds`): if ./dev is killed while one of its
    commands still writes, the next call waits until that command is gone too.
    """
    return tuple(_held)


def open_lock(name):
    """Open the lock file `name` in the cache folder; returns its descriptor."""
    path = cache_folder() / "locks" / name
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)


def try_lock(descriptor, mode=fcntl.LOCK_EX):
    """Take the lock without waiting; returns whether that worked."""
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def locked(name, what="", shared=False):
    """Hold the lock `name` for the time of the block.

    :param what: said when it must wait: "waiting for another ./dev: {what}"
    :param shared: allow others that are shared too
    """
    mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    descriptor = open_lock(name)
    try:
        if not try_lock(descriptor, mode):
            if what:
                progress.say(f"waiting for another ./dev: {what}")
            fcntl.flock(descriptor, mode)
        _held.append(descriptor)
        try:
            yield descriptor
        finally:
            _held.remove(descriptor)
    finally:
        os.close(descriptor)
