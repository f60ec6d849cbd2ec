import functools
import logging
import random
import time
from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import format_date, format_time

_logger = logging.getLogger(__name__)

_TRIES = 5


def again_on_conflict(method):
    """Decorate a job's step: it begins anew where a user's transaction came between.

    As Odoo itself does for what users press, but not for jobs: there it is a failure,
    and what is due would wait for the next periodic run. The step must find by itself
    what is left to do: what it committed stays.

    :param method: a method without arguments
    """

    @functools.wraps(method)
    def repeated(self):
        for number in range(1, _TRIES):
            try:
                return method(self)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
                _logger.info("%s begins anew: %s", method.__name__, error)
                self.env.cr.rollback()
                time.sleep(random.uniform(0, 0.1 * number))
        return method(self)

    return repeated


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


def format_clock(env, time):
    """Return a time of day in the user's language: "16:15", "4:15 PM".

    :param time: `datetime.time`
    """
    # A narrow no-break space, as newer Babel writes it before AM and PM, would make
    # every SMS an expensive one.
    return format_time(env, time, time_format="short").replace("\u202f", " ")


def format_moment(env, moment):
    """Return when something happens, as one would say it to the user.

    :param moment: UTC, naive
    :return: "today 16:15", "tomorrow 09:00" or "14 November 2026 09:00", in the
        user's language and time zone
    """
    local = fields.Datetime.context_timestamp(env.user, moment)
    today = fields.Datetime.context_timestamp(env.user, fields.Datetime.now()).date()
    time = format_clock(env, local.time())
    if local.date() == today:
        return env._("today %(time)s", time=time)
    if local.date() == today + timedelta(days=1):
        return env._("tomorrow %(time)s", time=time)
    date = format_date(env, local, date_format="long")
    return env._("%(date)s at %(time)s", date=date, time=time)
