"""A run of the crons with nothing due, with many settled bookings and with few."""

import re

from odoo.sql_db import Cursor

from . import data, multiply
from .comparison import Comparison, Side

ROUNDS = 10
FEW, MANY = 1, 100  # times --size


class Runs(Side):
    """Runs of all crons, with nothing to do."""

    def __init__(self, database, label):
        self.database = database
        self.label = label

    def things(self, size):
        return ROUNDS

    def work(self, env, prepared):
        for _round in range(ROUNDS):
            run_crons(env)
            env.cr.commit()
            env.invalidate_all()


def run_crons(env):
    """Run each of the addon's crons once."""
    for model in ("konfidens.payment.message", "konfidens.payment.activation"):
        for name in sorted(dir(env.registry[model])):
            if name.startswith("_cron_"):
                getattr(env[model].sudo(), name)()


class IdleCron(Comparison):
    name = "idle_cron"
    what = "a run of the crons with nothing due, 100 times as many settled bookings"
    goal = 1.5
    databases = {"many": "addon", "few": "addon"}
    ours = Runs("many", "with 100 times as many")
    beside = Runs("few", "with few")

    def fill(self, env, database, size):
        data.open_practice(env)
        count = {"many": MANY, "few": FEW}[database] * size
        multiply.settled(env, multiply.prototype(env), count)

    def facts(self, env):
        """Which scans PostgreSQL makes in the tables that grow."""
        scans = {}
        for statement, values in recorded(env):
            env.cr.execute(f"EXPLAIN {statement}", values)
            for (line,) in env.cr.fetchall():
                if scan := _SCAN.search(line):
                    scans.setdefault(scan[0].strip(), 0)
                    scans[scan[0].strip()] += 1
        return {f"EXPLAIN, {scan}": count for scan, count in sorted(scans.items())}


_GROWING = "konfidens_payment_message|account_move|calendar_event|mail_notification"
_SCAN = re.compile(
    rf"(Seq Scan on ({_GROWING})\b|(Bitmap )?Index (Only )?Scan (using|on) \w+)"
)


def recorded(env):
    """The SELECT statements of a run on the tables that grow, with their values."""
    statements = []
    execute = Cursor.execute

    def record(self, query, params=None, log_exceptions=True):
        text, values = (query.code, query.params) if params is None else (query, params)
        if text.lstrip().startswith("SELECT") and re.search(_GROWING, text):
            statements.append((text, values))
        return execute(self, query, params, log_exceptions)

    Cursor.execute = record
    try:
        run_crons(env)
    finally:
        Cursor.execute = execute
    return statements


COMPARISON = IdleCron()
