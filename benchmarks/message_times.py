"""How long a payment message takes in a running server: ./dev kill --times."""

import contextlib
import statistics
import sys
import threading
import time

import psycopg2

from devtools.bootstrap import guarded
from devtools.environment.clock import wait_until
from devtools.practice.bookings import drafts
from devtools.practice.running import practice

COUNTS = (1, 100)
_LOOK_SECONDS = 0.01
_LOOK = """
    SELECT move.id, message.state, move.state
    FROM konfidens_payment_message AS message
    JOIN konfidens_payment_message_line AS line ON line.message_id = message.id
    JOIN account_move AS move ON move.id = line.move_id
    WHERE move.id = ANY(%s)
"""


class Watch(threading.Thread):
    """Looks, all the time, what is committed of some invoices' messages.

    :param database: the database's name
    :param moves: the invoices' ids
    :ivar seen: dict from (invoice, step) to when it was first seen (`time.time()`);
        the steps are due, sent, delivered and posted
    """

    def __init__(self, database, moves):
        super().__init__(daemon=True)
        self.database = database
        self.moves = list(moves)
        self.seen = {}
        self._end = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_error):
        self._end.set()
        self.join()

    def run(self):
        with contextlib.closing(psycopg2.connect(dbname=self.database)) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            while not self._end.wait(_LOOK_SECONDS):
                cursor.execute(_LOOK, [self.moves])
                now = time.time()
                for move, message, invoice in cursor.fetchall():
                    steps = ["due"]
                    steps += ["sent"] * (message in ("sent", "delivered"))
                    steps += ["delivered"] * (message == "delivered")
                    steps += ["posted"] * (invoice == "posted")
                    for step in steps:
                        self.seen.setdefault((move, step), now)

    def has_seen(self, step):
        """Whether every invoice has come so far."""
        return all((move, step) in self.seen for move in self.moves)


def measure(made, count, prefix):
    """Send messages now, and see how long each step takes.

    :param made: the `Practice`
    :param count: how many at once
    :param prefix: how the payers' addresses begin
    :return: dict from the step to the seconds since it was due, of each message: sent,
        accepted (by the mail server), delivered, posted
    """
    moves = drafts(made.kari, count, prefix)
    with Watch(made.database, moves) as watch:
        made.kari.send(*moves)
        wait_until(lambda: watch.has_seen("posted"), 120, "all to be posted")
    due = {move: watch.seen[move, "due"] for move in moves}
    accepted = {move: made.mail.to(moves[move])[0].time for move in moves}
    steps = {"sent": [], "accepted": [accepted[move] - due[move] for move in moves]}
    for step in ("sent", "delivered", "posted"):
        steps[step] = [watch.seen[move, step] - due[move] for move in moves]
    return steps


def run():
    """Measure one message and many at once, and print median and maximum.

    :return: 0
    """
    with practice(prefix="times") as made:
        measure(made, 1, "warmup")
        for count in COUNTS:
            print(f"{count} at once: seconds since it was due   median      max")
            for step, seconds in measure(made, count, f"times{count}x").items():
                median = statistics.median(seconds)
                print(f"  {step:<36}{median:>10.2f}{max(seconds):>9.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(guarded(run))
