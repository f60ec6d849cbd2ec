"""Reading a week of the calendar, beside the same week without the addon.

Two databases with the same modules and the same appointments: in one the addon is
installed, and each appointment has its draft and its scheduled message.
"""

from datetime import timedelta

from lxml import etree

from odoo.tools import SQL

from . import data
from .comparison import Comparison, Side

ROUNDS = 10
SHARE = 0.2  # bookings, times --size
# the option of the calendar's fields that says so
_LATE = "read_when_opened"


class Week(Side):
    """Reads what the web client asks for when it shows a week."""

    def __init__(self, database, label):
        self.database = database
        self.label = label

    def things(self, size):
        return ROUNDS

    def work(self, env, prepared):
        events = env["calendar.event"]
        names = shown_in_week(env)
        domain = [
            ("start", ">=", data.FIRST_DAY),
            ("start", "<", data.FIRST_DAY + timedelta(days=7)),
        ]
        for _round in range(ROUNDS):
            env.invalidate_all()
            assert events.search_read(domain, names)


def shown_in_week(env):
    """The fields that the web client reads of each appointment of the week: a list.

    The others are read when an appointment is opened.
    """
    view = env["calendar.event"].get_view(view_type="calendar")
    nodes = etree.fromstring(view["arch"]).iter("field")
    late = {node.get("name") for node in nodes if _LATE in node.get("options", "")}
    return [name for name in view["models"]["calendar.event"] if name not in late]


class CalendarWeek(Comparison):
    name = "calendar_week"
    what = "a week of the calendar, 200 bookings at the size of 1,000"
    goal = 1.1
    repeats = 25  # each takes less than a second, in which a machine may stumble
    databases = {"with": "addon", "without": "plain"}
    ours = Week("with", "with the addon")
    beside = Week("without", "the same without the addon")

    def fill(self, env, database, size):
        count = max(1, int(size * SHARE))
        if database == "with":
            data.open_practice(env)
        events = data.appointments(env, count)
        _put_at_once(env, "calendar_event", events)
        if database == "with":
            bookings = events.booking_ids
            _put_at_once(env, "konfidens_payment_booking", bookings)
            bookings.action_create_invoice()
            data.schedule(bookings.invoice_id, "2099-01-01 00:00:00")


def _put_at_once(env, table, records):
    """Let all of these begin with the week."""
    env.flush_all()
    env.cr.execute(
        SQL(
            "UPDATE %s SET start = %s, stop = %s WHERE id = ANY(%s)",
            SQL.identifier(table),
            data.FIRST_DAY,
            data.FIRST_DAY + timedelta(minutes=45),
            records.ids,
        )
    )
    env.invalidate_all()


COMPARISON = CalendarWeek()
