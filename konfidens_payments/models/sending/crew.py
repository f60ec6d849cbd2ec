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
    what was begun.

    :param env: whose user and context they have, but for the job's own progress
    :param most: how many at once
    :param work: called with an environment and an id, in a thread; returns whether the
        other server could be reached
    :ivar stopped: whether they gave up, since it could not be
    """

    def __init__(self, env, most, work):
        self.stopped = False
        self._env = env
        self._most = max(most, 1)
        self._work = work
        self._todo = None
        self._threads = []
        self._done = self._counted = 0
        self._unreached = 0
        self._is_over = False
        self._lock = threading.Lock()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._is_over = True
        for thread in self._threads:
            thread.join()

    def count_new(self):
        """Return how many were done since it was asked last."""
        with self._lock:
            new, self._counted = self._done - self._counted, self._done
        return new

    def wait(self, ids, timeout):
        """Begin with these ids, at the first call, and wait for a while.

        :param ids: list of what `work` is called with
        :param timeout: seconds
        :return: whether all is done, or there was no time to begin more
        """
        if self._todo is None:
            self._todo = iter(ids)
            if modules.module.current_test:
                self._go_on(self._env)
                return True
            context = dict(self._env.context)
            end = context.pop("cron_end_time", None)
            context.pop("ir_cron_progress_id", None)
            for _number in range(min(self._most, len(ids))):
                # A daemon: a server that stops does not wait for a provider.
                thread = threading.Thread(
                    target=self._go_by_itself, args=(context, end), daemon=True
                )
                self._threads.append(thread)
                thread.start()
        end = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0))
        return not any(thread.is_alive() for thread in self._threads)

    def _go_by_itself(self, context, end):
        try:
            with self._env.registry.cursor() as cr:
                self._go_on(api.Environment(cr, self._env.uid, context), end)
        except Exception:
            _logger.exception("Sending stopped")

    def _go_on(self, env, end=None):
        while (number := self._get_next(end)) is not None:
            try:
                reached = self._work(env, number)
                env.cr.commit()  # pylint: disable=invalid-commit
            except psycopg2.OperationalError:
                # somebody else is at it: it waits as before
                env.cr.rollback()
                reached = True
            with self._lock:
                self._done += 1
                self._unreached = 0 if reached else self._unreached + 1
                self.stopped = self.stopped or self._unreached >= UNREACHABLE

    def _get_next(self, end):
        with self._lock:
            if self.stopped or self._is_over or (end and time.monotonic() > end):
                return None
            return next(self._todo, None)
