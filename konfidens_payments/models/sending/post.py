"""How mails go over the network, some side by side. It knows no database.

The job's thread builds the letters and notes what became of them; each connection has
a thread of its own that connects, hands letters over and waits for answers.
"""

import logging
import math
import queue
import smtplib
import time
from dataclasses import dataclass

from .connection import Connection, Unreachable
from .mail_answer import Garbled, get_code

_logger = logging.getLogger(__name__)

# A mail server that takes longer for one letter is let go of.
LONGEST = 60.0  # seconds
# After so many letters in a row at which the connection broke the mail server counts
# as out of reach for the rest of a run.
BROKEN = 3
# How a mail server says that it has too many connections, or too much to do.
TOO_MANY = (421, 432)

# What became of a letter: the mail server has it; it waits as before; it may have
# arrived, though nobody said so; the connection broke before, or the answers made no
# sense; it was refused, or there was no connection.
TAKEN, AGAIN, UNCONFIRMED, HUNG_UP, GARBLED, REFUSED = range(6)


@dataclass
class Letter:
    """A mail as it goes over the network.

    :ivar mail_id: of its `mail.mail`
    :ivar route: the `Route` that it takes
    :ivar desk: where it was written; its `sheets` are what is sent, a list of what
        `smtplib.SMTP.send_message` takes
    """

    mail_id: int
    route: "Route"
    desk: object


@dataclass
class Outcome:
    """What became of a letter.

    :ivar verdict: one of those above
    :ivar error: the exception, or None
    """

    letter: Letter
    verdict: int
    error: Exception | None = None


class Post:
    """All connections of a run; a context manager, which closes them at the end.

    :param end: when the run should be over (`time.monotonic`); what is given later is
        let go of together with what was given last before
    :param alone: whether there are no threads: each letter is sent when it is given
    """

    def __init__(self, end=math.inf, alone=False):
        self.end = end
        self.alone = alone
        self._routes = {}
        self._results = queue.SimpleQueue()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        for route in self._routes.values():
            route.close()

    def get_route(self, key, connect, most):
        """Return the way to a mail server, the same for the same key.

        :param key: what tells it from others; hashable
        :param connect: function without arguments that returns a `smtplib.SMTP`; it is
            called in threads
        :param most: how many connections there may be
        """
        if key not in self._routes:
            self._routes[key] = Route(self, connect, most)
        return self._routes[key]

    def is_busy(self, before=math.inf):
        """Return whether a letter is under way, given before then (`time.monotonic`)"""
        return any(
            connection.begun <= before
            for route in self._routes.values()
            for connection in route.get_busy()
        )

    def count_busy(self):
        """Return how many letters are under way."""
        return sum(len(route.get_busy()) for route in self._routes.values())

    def match(self, letters):
        """Return with which free connection which letter goes next, and what is left.

        :return: list of pairs (connection, letter), list of letters
        """
        pairs, left, seen = [], [], set()
        for letter in letters:
            connection = letter.route.find_free(seen)
            if connection:
                seen.add(connection)
                pairs.append((connection, letter))
            else:
                left.append(letter)
        return pairs, left

    def collect(self, timeout):
        """Return the outcomes that are there, at least one if one comes in time.

        :param timeout: seconds
        """
        for route in self._routes.values():
            route.let_go()
        outcomes = []
        while True:
            wait = bool(not outcomes and timeout > 0 and self.is_busy())
            try:
                result = self._results.get(wait, timeout if wait else None)
            except queue.Empty:
                return outcomes
            connection, error, was_handed_over = result
            letter, connection.letter = connection.letter, None
            if letter:  # nobody has let go of it
                verdict = letter.route.judge(connection, error, was_handed_over)
                outcomes.append(Outcome(letter, verdict, error))

    def deliver(self, connection, error, was_handed_over):
        """Note, in a connection's thread, how it ended with its letter."""
        self._results.put((connection, error, was_handed_over))


class Route:
    """The way to one mail server: a few connections, fewer where it wants that.

    :ivar closed: the exception for which nothing goes by it in this run, or None
    :ivar was_reached: whether there was a connection in this run
    """

    def __init__(self, post, connect, most):
        self.post = post
        self.connect = connect
        self.closed = None
        self._most = max(most, 1)
        self._connections = []
        self._broken = 0
        self.was_reached = False

    def get_busy(self):
        """Return the connections that have a letter."""
        return [each for each in self._connections if each.letter]

    def let_go(self):
        """Break the connections on which a letter has taken too long."""
        for connection in self.get_busy():
            if time.monotonic() > min(connection.begun, self.post.end) + LONGEST:
                connection.abort()

    def find_free(self, taken):
        """Return a connection with nothing to do, or None.

        A second one is made when the first has been there; and another one for each
        that does not come about, say since the mail server stopped just then.

        :param taken: connections that are spoken for
        """
        if self.closed:
            return None
        self._connections = [each for each in self._connections if not each.is_over()]
        for connection in self._connections:
            if not connection.letter and connection not in taken:
                return connection
        most = self._most if self.was_reached else 1
        going = self._get_going()
        if len(going) >= most or len(self._connections) >= 2 * most:
            return None
        self._connections.append(Connection(self))
        return self._connections[-1]

    def _get_going(self):
        """Return the connections that are there, or on the best way."""
        return [each for each in self._connections if not each.is_slow()]

    def judge(self, connection, error, was_handed_over):
        """Return what became of a letter, and learn from it for the next."""
        if isinstance(error, Unreachable):
            if not self.was_reached:
                self.closed = error
                return REFUSED
            return self._go_without(connection, error)
        if isinstance(error, smtplib.SMTPServerDisconnected | Garbled):
            _logger.warning("The mail server broke off, or is garbled", exc_info=error)
            self._broken += 1
            if self._broken >= BROKEN:
                self.closed = error
            if was_handed_over:
                return UNCONFIRMED
            return GARBLED if isinstance(error, Garbled) else HUNG_UP
        if get_code(error) in TOO_MANY:
            return self._go_without(connection, error)
        self._broken = 0
        return REFUSED if error else TAKEN

    def _go_without(self, connection, error):
        """Make do with the other connections, where there are some."""
        others = [each for each in self._get_going() if each is not connection]
        if not others:
            self.closed = error
            return REFUSED
        self._most = len(others)
        self._connections.remove(connection)
        connection.close()
        return AGAIN

    def close(self):
        for connection in self._connections:
            connection.close()
