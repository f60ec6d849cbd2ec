"""How a job uses its time, and goes on where something stands in the way."""

import functools
import logging
import math
import random
import time

import psycopg2

from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)

_TRIES = 5
BATCH_SIZE = 50


def again_on_conflict(method):
    """Decorate a job's step: it begins anew where a user's transaction came between.

    As Odoo itself does for what users press, but not for jobs: there it is a failure,
    and what is due would wait for the next periodic run. The step must find by itself
    what is left to do: what it committed stays.

    """

    @functools.wraps(method)
    def repeated(self, *args):
        for number in range(1, _TRIES):
            try:
                return method(self, *args)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
                _logger.info("%s begins anew: %s", method.__name__, error)
                self.env.cr.rollback()
                time.sleep(random.uniform(0, 0.1 * number))
        return method(self, *args)

    return repeated


def get_time_left(env):
    """Return how many seconds a job may still begin something; infinite outside of one.

    Odoo calls a job that has work left again after its time, and ends a worker with
    whatever it does when that takes too long.
    """
    return max(env.context.get("cron_end_time", math.inf) - time.monotonic(), 0)


def has_time_left(env, done=0):
    """Commit what this job has done, and return whether it may begin something more.

    Odoo calls a job up to ten times as long as something is left, also when its time
    is over; and kills it where that takes too long, with whatever else it was at. So
    each batch asks, the first one too. Odoo comes back for the rest at once.

    :param done: how many things were done since the last time
    """
    is_over = not get_time_left(env)
    if done or is_over:
        env["ir.cron"]._commit_progress(done, remaining=1)
    return not is_over


def do_in_batches(model, domain, order, work):
    """Do a job's work for all that is due, batch by batch, while there is time.

    :param model: its model, without records
    :param domain: `Domain` of what is due; each is tried once, done or not
    :param order: in which it is done
    :param work: called with each batch; returns those records of it that it worked on,
        locked
    :return: whether all of it was tried, and there is time left
    """
    done, seen = 0, []
    while has_time_left(model.env, done):
        batch = model.search(
            domain & Domain("id", "not in", seen), order=order, limit=BATCH_SIZE
        )
        if not batch:
            return True
        seen += batch.ids
        done = len(work(batch))
    return False


def in_batch_or_singly(records, work, on_failure, split=None):
    """Do the work for all records at once, or one by one where that fails.

    So one bad record never stops the others. Each try is a savepoint of its own.

    :param records: the records to work on
    :param work: called with the records, or with some or one of them
    :param on_failure: called with the record and the exception that it caused
    :param split: returns a list of the records in parts; each is tried as a whole
        before its records are tried one by one
    :raises psycopg2.OperationalError: a lost connection or a conflict with another
        transaction; the whole transaction must be repeated then
    """
    if not records:
        return
    try:
        with records.env.cr.savepoint():
            work(records)
        return
    except psycopg2.OperationalError:
        raise
    except Exception as error:
        if len(records) == 1:
            _logger.warning("%s failed", records, exc_info=True)
            on_failure(records, error)
            return
        _logger.info("%s, trying part by part: %s", records, error)
    parts = split(records) if split else []
    for part in parts if len(parts) > 1 else records:
        in_batch_or_singly(part, work, on_failure)
