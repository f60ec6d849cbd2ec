import logging
import threading
import time

import psycopg2

from odoo import api, modules

_logger = logging.getLogger(__name__)

# A provider counts as out of reach after so many failures in a row.
UNREACHABLE = 3


class Crew:
    """A few threads that do one thing after the other, each with its own transaction.

    For what waits for somebody else's server. A context manager: leaving it waits for
    what was begun. In Odoo's tests there are no threads: all is done when it is given.

    :param env: whose user and context they have, but for the job's own progress
    :param work: called with an environment and an id, in a thread; returns whether the
        other server could be reached
    :ivar stopped: whether they gave up, since it could not be
    """

    def __init__(self, env, work):
        self.stopped = False
        self._env = env
        self._work = work
        self._most = 0
        self._todo = []
        self._done = []
        self._working = 0
        self._unreached = 0
        self._is_over = False
        self._threads = []
        self._changed = threading.Condition()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def give(self, ids, most):
        """Let these be done next, instead of what was given before and not begun.

        :param ids: what `work` is called with, in their order
        :param most: how many at once, at least one
        """
        with self._changed:
            self._todo = list(reversed(ids))
            self._most = max(most, 1)
            self._changed.notify_all()
        if modules.module.current_test:
            while (number := self._take()) is not None:
                self._do(self._env, number)
            return
        context = dict(self._env.context)
        end = context.pop("cron_end_time", None)
        context.pop("ir_cron_progress_id", None)
        while len(self._threads) < min(self._most, len(ids)):
            # A daemon: a server that stops does not wait for a provider.
            thread = threading.Thread(
                target=self._go_by_itself,
                args=(len(self._threads), context, end),
                daemon=True,
            )
            self._threads.append(thread)
            thread.start()

    def wait(self, timeout, low=None):
        """Wait until all that was given is done, and nothing is left to begin.

        :param timeout: seconds, at most
        :param low: return, too, when so few are left to begin
        :return: list of ids that were done since the last time
        """

        def is_enough():
            if self.stopped or not (self._todo or self._working):
                return True
            return low is not None and len(self._todo) <= low

        with self._changed:
            self._changed.wait_for(is_enough, timeout)
            done, self._done = self._done, []
            return done

    def is_busy(self):
        """Return whether something that was begun is not done."""
        return bool(self._working)

    def _go_by_itself(self, place, context, end):
        with self._env.registry.cursor() as cr:
            env = api.Environment(cr, self._env.uid, context)
            while (number := self._wait_and_take(place, end)) is not None:
                self._do(env, number)

    def _wait_and_take(self, place, end):
        """Return what to do next, or None when there is no time for more."""
        with self._changed:
            while not (self.stopped or self._is_over):
                if end and time.monotonic() > end:
                    return None
                if self._todo and place < self._most:
                    return self._take()
                self._changed.wait(end and max(end - time.monotonic(), 0))
        return None

    def _take(self):
        if not self._todo or self.stopped:
            return None
        self._working += 1
        return self._todo.pop()

    def _do(self, env, number):
        try:
            reached = self._work(env, number)
            env.cr.commit()  # pylint: disable=invalid-commit
        except psycopg2.OperationalError:
            # somebody else is at it: it waits as before
            env.cr.rollback()
            reached = True
        except Exception:
            _logger.exception("Sending %s failed", number)
            env.cr.rollback()
            reached = False
        with self._changed:
            self._working -= 1
            self._done.append(number)
            self._unreached = 0 if reached else self._unreached + 1
            self.stopped = self.stopped or self._unreached >= UNREACHABLE
            self._changed.notify_all()
