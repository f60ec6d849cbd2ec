"""What is measured on servers as a practice has them, whose jobs begin when told to."""

import time

from devtools.database import catalog
from devtools.environment.problem import Problem

# At the latest: what takes longer has come to a halt.
LONGEST = 1800  # seconds
LOOK = 0.05
# As often as somebody else's doings wake the jobs of a practice at work.
WAKE = 0.5
# Odoo knows whole seconds only: later in this one nothing would be due yet.
NOW = "date_trunc('second', now() AT TIME ZONE 'UTC')"
_NAMED = """
    SELECT res_id FROM ir_model_data
     WHERE model = 'ir.cron' AND module || '.' || name = ANY(%s)
"""
_ACTIVATE = f"UPDATE ir_cron SET active = true WHERE id IN ({_NAMED}) RETURNING id"
# What runs already cannot be updated, and is called once more.
_TRIGGER = f"""
    INSERT INTO ir_cron_trigger (cron_id, call_at)
         SELECT res_id, {NOW} FROM ({_NAMED}) named
"""


def quiet(database):
    """Let no job begin, also of those that have nothing to do with it."""
    catalog.execute_in(database, "UPDATE ir_cron SET active = false")


def begin(database, *jobs):
    """Let these jobs begin now, and again whenever they are asked to.

    :param jobs: their names, e.g. "mail.ir_cron_mail_scheduler_action"
    """
    found = catalog.execute_in(database, _ACTIVATE, [list(jobs)])
    if len(found) != len(jobs):
        raise Problem(f"{database} has {len(found)} of the jobs {', '.join(jobs)}.")
    trigger(database, *jobs)


def trigger(database, *jobs):
    """Let these jobs look once more now, as Odoo does at the time of a message."""
    catalog.execute_in(database, _TRIGGER, [list(jobs)])
    wake(database)


def wake(database):
    """Let the servers look now which job is due, as a trigger does."""
    catalog.execute_in("postgres", "SELECT pg_notify('cron_trigger', %s)", [database])


def wait_for(database, look, what):
    """Wait until there is something to see, and wake the servers now and then.

    :param look: function; true when it is there
    :param what: what is waited for, in words
    :raise Problem: when it does not come
    """
    start = woken = time.monotonic()
    while not look():
        now = time.monotonic()
        if now > start + LONGEST:
            raise Problem(f"Waited {LONGEST} s in vain for {what}.")
        if now > woken + WAKE:
            wake(database)
            woken = now
        time.sleep(LOOK)
