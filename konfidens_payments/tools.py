import functools
import logging
import math
import random
import re
import time
from datetime import datetime, timedelta

import psycopg2
import pytz
from markupsafe import Markup

from odoo import fields
from odoo.exceptions import LockError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import format_date, format_time

_logger = logging.getLogger(__name__)

_TRIES = 5

_EMAIL = re.compile(r"""[^\s<>()\[\]{},;:"'`&@]+@[\w-]+(?:\.[\w-]+)*""")
_BETWEEN = r"[\s().-]*"  # the digits of a phone number
_INTERNATIONAL = re.compile(rf"\+\d(?:{_BETWEEN}\d){{7,}}")


class Quiet:
    """The mark, in the context, of what our own code does and follows up itself.

    Nobody can send it over RPC, where a context holds no Python objects.

    :ivar made: ids of the events that were made meanwhile
    """

    def __init__(self):
        self.made = []


def quietly(records):
    """Return the records for changes whose consequences the caller sees to."""
    return records.with_context(konfidens_payments_quiet=Quiet())


def is_quiet(records):
    """Return the `Quiet` of these records' context, or None."""
    mark = records.env.context.get("konfidens_payments_quiet")
    return mark if isinstance(mark, Quiet) else None


def loudly(records):
    """Return the records as they were before `quietly`."""
    context = dict(records.env.context)
    context.pop("konfidens_payments_quiet", None)
    return records.with_env(records.env(context=context))


def plainly(records):
    """Return the records with nothing in their context that a caller could make up.

    For what is done with all rights for who has few: values by default, and switches
    of Odoo's own, come by the context.
    """
    kept = ("allowed_company_ids", "lang", "tz")
    context = {
        key: records.env.context[key] for key in kept if key in records.env.context
    }
    return records.with_env(records.env(context=context))


def is_copy(env):
    """Return whether this database is a copy for tests, made by `odoo neutralize`."""
    # sudo: whether, for everybody whom a copy concerns
    parameters = env["ir.config_parameter"].sudo()
    return bool(parameters.get_param("database.is_neutralized"))


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


def in_each_language(records, describe):
    """Return what is said of these records in each language that may be read here.

    For what is kept, and shown inside other words to whoever reads it later.

    :param describe: called with the records in a language; returns the words
    :return: dict from the code of the language to the words
    """
    installed = records.env["res.lang"].get_installed()
    # what Odoo falls back to comes first
    codes = dict.fromkeys(["en_US", *(code for code, _name in installed)])
    return {code: describe(records.with_context(lang=code)) for code in codes}


def in_language(words, lang):
    """Return what `in_each_language` returned, as one reads it in a language.

    :param words: that, or words that are the same in all
    :param lang: code of the language, or False
    """
    if not isinstance(words, dict):
        return words
    return words.get(lang) or words["en_US"]


def end_sentence(words):
    """Return words that others may follow: with a full stop where they have no end.

    :param words: plain text or `Markup`, maybe what a machine said
    """
    end = words.rstrip("\"'”»)]> \n")[-1:]
    return words if end in (*".!?…:", "") else words.rstrip() + "."


def explain_error(env, error, said_in=None):
    """Return an exception in words for who has to do something about it.

    What Odoo says to users is meant for them, unless it repeats what the machine said:
    a template with a mistake, say. `in_batch_or_singly` wrote that to the log.

    :param said_in: the language in which it was raised, if not that of `env`: then it
        is quoted as it is
    """
    if isinstance(error, UserError) and not error.__cause__:
        if said_in and said_in != (env.lang or "en_US"):
            return env._("“%(words)s”", words=str(error))
        return str(error)
    if isinstance(error, psycopg2.IntegrityError) and (
        words := _explain_constraint(env, error)
    ):
        return words
    return env._("an unexpected error, which the server's log tells of.")


def _explain_constraint(env, error):
    """Return in words what the database refused, or None where nobody has any.

    Those that a practice meets say also what to do. Odoo's own words for what has no
    message repeat what the machine said.

    :param error: `psycopg2.IntegrityError`, rolled back already
    """
    name = error.diag.constraint_name
    if name == "account_move_line_check_accountable_required_fields":
        return env._(
            "there is no income account for it. Ask the accountant to choose one on "
            "the service or on the journal."
        )
    if name == "account_move_unique_name":
        return env._(
            "another invoice has this number already. Ask the accountant to look at "
            "the numbers of the journal."
        )
    for model in env.registry.values():
        if model._table == error.diag.table_name and name in model._table_objects:
            return env[model._name]._sql_error_to_message(error)
    return None


def lock_or_explain(*recordsets, allow_referencing=False):
    """Lock these records until the transaction ends, so that nobody else is at it.

    :param allow_referencing: see `lock_for_update`
    :raises UserError: somebody else is at one of them right now
    """
    try:
        for records in recordsets:
            records.lock_for_update(allow_referencing=allow_referencing)
    except LockError as error:
        raise UserError(
            recordsets[0].env._(
                "Somebody else is working on this right now. Wait a moment, reload the "
                "page and look again."
            )
        ) from error


def next_full_hour():
    """Return the next full hour (UTC, naive), as later times are proposed."""
    return fields.Datetime.now().replace(minute=0, second=0) + timedelta(hours=1)


def start_of_day(day, tz):
    """Return when a day (`date`) begins in a time zone (UTC, naive).

    :param tz: its name
    """
    midnight = pytz.timezone(tz).localize(datetime.combine(day, datetime.min.time()))
    return midnight.astimezone(pytz.utc).replace(tzinfo=None)


def format_clock(env, time):
    """Return a time of day in the user's language: "16:15", "4:15 PM".

    :param time: `datetime.time`
    """
    # A narrow no-break space, as newer Babel writes it before AM and PM, would make
    # every SMS an expensive one.
    return format_time(env, time, time_format="short").replace("\u202f", " ")


def format_appointment(env, start, tz, allday=False):
    """Return when an appointment is, for a client to read: "14 November 2026 at 10:00".

    In the language of the context.

    :param start: UTC, naive
    :param tz: name of the time zone in which it takes place
    """
    if allday:
        return format_date(env, start.date(), date_format="long")
    local = pytz.utc.localize(start).astimezone(pytz.timezone(tz))
    return env._(
        "%(date)s at %(time)s",
        date=format_date(env, local, date_format="long"),
        time=format_clock(env, local.time()),
    )


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


def format_coming(env, moment):
    """Return when something will happen; what should have happened is about to.

    :param moment: UTC, naive
    :return: "in a moment", or as `format_moment`
    """
    if moment <= fields.Datetime.now():
        return env._("in a moment")
    return format_moment(env, moment)


def mask_addresses(text, partners, numbers=()):
    """Return a text with only hints at e-mail addresses and phone numbers.

    "k…@example.com" and "+47 … 67": enough to know them again beside the contact, and
    nothing to reach anybody with after the contact is gone.

    :param text: plain text or `Markup`
    :param partners: whose addresses are masked also where their form does not tell them
    :param numbers: further phone numbers, of which some may be False
    """
    known = [*numbers]
    for name in ("phone_sanitized", "phone", "email"):
        known += partners.mapped(name)
    masked = _EMAIL.sub(lambda found: _mask_email(found[0]), text)
    for address in filter(None, known):
        if pattern := _get_phone_pattern(address):
            masked = re.sub(pattern, lambda found: _mask_phone(found[0]), masked)
        elif len(address) > 3 and not _EMAIL.search(address):
            pattern = rf"(?<!\w){re.escape(address)}(?!\w)"
            masked = re.sub(pattern, lambda found: _mask_email(found[0]), masked)
    masked = _INTERNATIONAL.sub(lambda found: _mask_phone(found[0]), masked)
    return Markup(masked) if isinstance(text, Markup) else masked


def _mask_email(address):
    _local, at, domain = address.partition("@")
    return f"{address[:1]}…{at}{domain}"


def _mask_phone(number):
    country = f"{number[:3]} " if number.startswith("+") else ""
    return f"{country}… {number[-2:]}"


def _get_phone_pattern(number):
    """Return a pattern of this number, with or without its country, or None.

    However its digits are parted: providers repeat it in other ways than it was given.
    """
    digits = re.sub(r"\D", "", number)
    if "@" in number or len(digits) < 6:
        return None
    end = _BETWEEN.join(digits[-7:])
    country = rf"(?:(?:\+|00)\d{{1,3}}{_BETWEEN})?"
    return rf"(?<!\d){country}(?:\(?0\)?)?\d{{0,4}}{_BETWEEN}{end}(?!\d)"
