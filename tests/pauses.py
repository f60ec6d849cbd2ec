"""Stopping a transaction in the middle, so that a race has one order only."""

import contextlib
import threading

import psycopg2
from psycopg2 import sql

from devtools.database import catalog
from devtools.environment.clock import wait_until

_WAITERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = %s AND wait_event_type = 'Lock'
"""


@contextlib.contextmanager
def holding(database, statement, values=()):
    """Hold a lock for the time of the block, so that others wait for it.

    :param database: the database's name
    :param statement: what takes the lock
    :return: a cursor in that transaction; it is committed at the end of the block
    """
    with contextlib.closing(psycopg2.connect(dbname=database)) as connection:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            yield cursor
        connection.commit()


def holding_hand_over(database):
    """Hold who hands messages over to `mail`, after they locked all they need."""
    return holding(database, "LOCK TABLE mail_notification IN EXCLUSIVE MODE")


def holding_lines(database, move_id):
    """Hold the lines of an invoice: who posts, changes or cancels it waits.

    That is after they locked the invoice and its message.
    """
    statement = "SELECT id FROM account_move_line WHERE move_id = %s FOR UPDATE"
    return holding(database, statement, [move_id])


def rewrite_all_rows(database):
    """Write every row that nobody has locked as it is, as if users had changed it."""
    with contextlib.closing(psycopg2.connect(dbname=database)) as connection:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_name FROM information_schema.columns"
                " WHERE table_schema = 'public' AND column_name = 'write_date'"
                " AND table_name IN (SELECT relname FROM pg_class WHERE relkind = 'r')"
            )
            for (table,) in cursor.fetchall():
                cursor.execute(
                    sql.SQL(
                        "UPDATE {0} SET write_date = write_date WHERE id IN"
                        " (SELECT id FROM {0} FOR NO KEY UPDATE SKIP LOCKED)"
                    ).format(sql.Identifier(table))
                )
        connection.commit()


def wait_until_waiting(database, count=1):
    """Wait until so many transactions wait for a lock.

    :raise TimeoutError: when they do not
    """
    wait_until(
        lambda: catalog.execute_in("postgres", _WAITERS, [database])[0][0] >= count,
        what=f"{count} transactions that wait for a lock",
    )


class Gate:
    """A door in the mail server: who sends to one address waits in it.

    A context manager. The mail server has the mail then, and has not answered.

    :param mail: the `MailServer`
    :param address: whose mail is not answered
    """

    def __init__(self, mail, address):
        self.mail = mail
        self.address = address
        self._arrived = threading.Event()

    def __enter__(self):
        self.mail.stop_for = self._stops
        return self

    def __exit__(self, *_error):
        self.open()

    def open(self):
        """Let the mail server answer, and wait until it does."""
        self.mail.stop_for = set()
        mails = self.mail.to(self.address)
        wait_until(lambda: all(mail.answered for mail in mails), what="the answer")

    def _stops(self, address):
        if address == self.address:
            self._arrived.set()
        return address == self.address

    def wait_for_mail(self, timeout=30):
        """Wait until the mail stands in the door.

        :raise TimeoutError: when it does not come in time
        """
        if not self._arrived.wait(timeout):
            raise TimeoutError(f"No mail to {self.address} within {timeout} s")


class Press(threading.Thread):
    """What somebody does while others are in the way, in a thread of its own.

    :param act: what they do; raises `RpcError` where they are refused
    """

    def __init__(self, act):
        super().__init__(daemon=True)
        self._act = act
        self._result = None
        self._error = None
        self.start()

    def run(self):
        try:
            self._result = self._act()
        except Exception as error:  # told to who asks for the result
            self._error = error

    def result(self, timeout=60):
        """Wait until it is done, and return or raise what came of it."""
        self.join(timeout)
        if self.is_alive():
            raise TimeoutError(f"Not done within {timeout} s")
        if self._error:
            raise self._error
        return self._result
