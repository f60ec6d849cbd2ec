"""Waiting, and the time as Odoo keeps it."""

import time
from datetime import datetime, timezone


def wait_until(look, timeout=30, what="it"):
    """Look again and again, less and less often, until there is something to see.

    For what the server does by itself and announces to browsers only.

    :param look: function; what it returns, once it is true, is returned
    :param timeout: seconds
    :param what: what is waited for, in words
    :raise TimeoutError: when it does not come in time
    """
    begin = time.monotonic()
    while not (seen := look()):
        waited = time.monotonic() - begin
        if waited > timeout:
            raise TimeoutError(f"Waited {timeout} s in vain for {what}")
        # each look costs processor time that what is waited for needs
        time.sleep(min(0.1 + waited / 20, 0.5))
    return seen


def utc_now():
    """Now as Odoo keeps it: UTC, naive, whole seconds."""
    return datetime.now(timezone.utc).replace(microsecond=0, tzinfo=None)
