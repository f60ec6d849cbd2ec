"""A run of the crons with nothing due, with many settled bookings and with few."""

import re
from collections import Counter

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


def jobs(env):
    """The addon's jobs: a dict from the name of each to the function."""
    return {
        name: getattr(env[model].sudo(), name)
        for model in ("konfidens.payment.message", "konfidens.payment.run")
        for name in sorted(dir(env.registry[model]))
        if name.startswith("_cron_")
    }


def run_crons(env):
    """Run each of the addon's crons once."""
    for run in jobs(env).values():
        run()


class IdleCron(Comparison):
    name = "idle_cron"
    what = "a run of the crons with nothing due, 100 times as many settled bookings"
    goal = 1.5
    quick = 0.05
    databases = {"many": "addon", "few": "addon"}
    ours = Runs("many", "with 100 times as many")
    beside = Runs("few", "with few")

    def fill(self, env, database, size):
        data.open_practice(env)
        count = {"many": MANY, "few": FEW}[database] * size
        multiply.billed(env, multiply.paid(env), count)
        # and one in ten waits for its time
        env.cr.execute(
            "UPDATE konfidens_payment_message SET state = 'scheduled',"
            " scheduled_date = now() AT TIME ZONE 'UTC' + interval '7 days'"
            " WHERE id % 10 = 0"
        )

    def facts(self, env):
        """Which scans PostgreSQL makes for each job in the tables that grow."""
        scans = Counter()
        for name, run in jobs(env).items():
            for statement, values in recorded(run):
                env.cr.execute(f"EXPLAIN {statement}", values)
                for (line,) in env.cr.fetchall():
                    if scan := _SCAN.search(line):
                        scans[f"{name}: {scan[0]}"] += 1
        return {f"EXPLAIN, {scan}": count for scan, count in sorted(scans.items())}


_GROWING = r"konfidens_payment_\w+|account_move\w*|calendar_\w+|mail_\w+|sms_\w+"
_SCAN = re.compile(r"(Seq|(Bitmap )?Index( Only)?) Scan.*? (using|on) \w+")


def recorded(run):
    """The SELECT statements of a job on the tables that grow, with their values."""
    statements = []
    execute = Cursor.execute

    def record(self, query, params=None, log_exceptions=True):
        text, values = (query.code, query.params) if params is None else (query, params)
        if text.lstrip().startswith("SELECT") and re.search(_GROWING, text):
            statements.append((text, values))
        return execute(self, query, params, log_exceptions)

    Cursor.execute = record
    try:
        run()
    finally:
        Cursor.execute = execute
    return statements


COMPARISON = IdleCron()
