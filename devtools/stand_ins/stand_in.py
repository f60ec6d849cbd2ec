"""What stand-ins have in common: they keep what they take, and misbehave as told."""

import copy
import threading

from ..environment.ports import LOOPBACK, free_port


class StandIn:
    """A service on loopback; a context manager: entering starts it, leaving stops it.

    :cvar usual: how it behaves as long as nobody says otherwise: a dict of settings,
        which are attributes
    """

    usual = {}

    def __init__(self, port=None):
        self.host = LOOPBACK
        self.port = port or free_port()
        self.behave()
        self._taken = []
        self._open = set()
        self._most_open = 0
        self._arrived = threading.Condition()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_error):
        self.stop()

    def behave(self):
        """Forget all misbehaviour."""
        vars(self).update(copy.deepcopy(self.usual))

    def setting(self, name, who):
        """What a setting says for this address or number.

        It may be one value for all, a dict or function from who it is to the value, or
        a set of those of whom it is true.
        """
        value = getattr(self, name)
        if callable(value):
            return value(who)
        if isinstance(value, set):
            return who in value
        return value.get(who) if isinstance(value, dict) else value

    # === WHAT IT TOOK === #

    @property
    def taken(self):
        """What it took so far, in the order of arrival: a new list."""
        with self._arrived:
            return list(self._taken)

    def clear(self):
        """Forget what it took so far."""
        with self._arrived:
            self._taken.clear()

    def keep(self, things):
        """Keep what came."""
        with self._arrived:
            self._taken.extend(things)
            self._arrived.notify_all()

    def wait_for(self, predicate=None, timeout=30):
        """Wait until something is there.

        :param predicate: function of what it took; default: anything
        :param timeout: seconds
        :return: the first that it is true of, one that came earlier included
        :raise TimeoutError: when none comes in time, with what did come
        """

        def find():
            return next(filter(predicate or bool, self._taken), None)

        with self._arrived:
            found = self._arrived.wait_for(find, timeout)
            if found is None:
                came = ", ".join(map(str, self._taken))
                raise TimeoutError(f"Not there within {timeout} s; came: {came}")
            return found

    # === HOW MUCH AT ONCE === #

    def opened(self, one):
        """Count what is under way."""
        with self._arrived:
            self._open.add(one)
            self._most_open = max(self._most_open, len(self._open))

    def closed(self, one):
        """Count it no more."""
        with self._arrived:
            self._open.discard(one)

    @property
    def connections(self):
        """How many connections or requests are under way now."""
        with self._arrived:
            return len(self._open)

    @property
    def most_connections(self):
        """How many were at once at most, since `count_anew`."""
        with self._arrived:
            return self._most_open

    def count_anew(self):
        """Forget how many there were at once."""
        with self._arrived:
            self._most_open = len(self._open)
