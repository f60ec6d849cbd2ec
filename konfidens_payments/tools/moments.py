"""Days and times: where they are, and as one says them."""

from datetime import datetime, timedelta

import pytz

from odoo import fields
from odoo.tools import format_date, format_time


def next_full_hour():
    """Return the next full hour (UTC, naive), as later times are proposed."""
    return fields.Datetime.now().replace(minute=0, second=0) + timedelta(hours=1)


def later(moment, span):
    """Return a `date` or `datetime` that much later: at most the last one there is."""
    try:
        return moment + span
    except (OverflowError, ValueError):
        return type(moment).max


def to_local(moment, tz):
    """Return a moment (UTC, naive) as a clock shows it in a time zone, naive."""
    try:
        aware = pytz.utc.localize(moment).astimezone(pytz.timezone(tz))
    except OverflowError:  # at the end of all time, which somebody typed
        return moment
    return aware.replace(tzinfo=None)


def to_utc(local, tz):
    """Return what a clock shows in a time zone (naive) as a moment (UTC, naive).

    What it shows twice is the second; what it leaves out is an hour later.
    """
    try:
        aware = pytz.timezone(tz).localize(local).astimezone(pytz.utc)
    except OverflowError:  # as above
        return local
    return aware.replace(tzinfo=None)


def start_of_day(day, tz):
    """Return when a day (`date`) begins in a time zone (UTC, naive).

    :param tz: its name
    """
    return to_utc(datetime.combine(day, datetime.min.time()), tz)


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
    local = to_local(start, tz)
    return env._(
        "%(date)s at %(time)s",
        date=format_date(env, local.date(), date_format="long"),
        time=format_clock(env, local.time()),
    )


def format_moment(env, moment):
    """Return when something happens, as one would say it to the user.

    :param moment: UTC, naive
    :return: "today 16:15", "tomorrow 09:00" or "14 November 2026 09:00", in the
        user's language and time zone
    """
    try:
        local = fields.Datetime.context_timestamp(env.user, moment)
    except OverflowError:  # as above
        local = moment
    today = fields.Datetime.context_timestamp(env.user, fields.Datetime.now()).date()
    time = format_clock(env, local.time())
    if local.date() == today:
        return env._("today %(time)s", time=time)
    if local.date() == today + timedelta(days=1):
        return env._("tomorrow %(time)s", time=time)
    date = format_date(env, local.date(), date_format="long")
    return env._("%(date)s at %(time)s", date=date, time=time)


def format_coming(env, moment):
    """Return when something will happen; what should have happened is about to.

    :param moment: UTC, naive
    :return: "in a moment", or as `format_moment`
    """
    if moment <= fields.Datetime.now():
        return env._("in a moment")
    return format_moment(env, moment)
