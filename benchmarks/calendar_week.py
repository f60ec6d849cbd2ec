"""Reading a week of the calendar, beside the same week without the addon.

Two databases with the same modules and the same appointments: in one the addon is
installed, and each appointment has its draft and its scheduled message.
"""

from datetime import timedelta

from . import data
from .comparison import Comparison, Side

ROUNDS = 10
SHARE = 0.2  # bookings, times --size


class Week(Side):
    """Reads what the web client asks for when it shows a week."""

    def __init__(self, database, label):
        self.database = database
        self.label = label

    def things(self, size):
        return ROUNDS

    def work(self, env, prepared):
        events = env["calendar.event"]
        specification = data.specification(env, "calendar.event", "calendar")
        domain = [
            ("start", ">=", data.FIRST_DAY),
            ("start", "<", data.FIRST_DAY + timedelta(days=7)),
        ]
        for _round in range(ROUNDS):
            env.invalidate_all()
            assert events.web_search_read(domain, specification)["records"]


class CalendarWeek(Comparison):
    name = "calendar_week"
    what = "a week of the calendar, 200 bookings at the size of 1,000"
    goal = 1.1
    databases = {"with": "addon", "without": "plain"}
    ours = Week("with", "with the addon")
    beside = Week("without", "the same without the addon")

    def fill(self, env, database, size):
        count = max(1, int(size * SHARE))
        if database == "with":
            data.open_practice(env)
        events = data.bookings(env, count)
        env.cr.execute(
            "UPDATE calendar_event SET start = %(first)s, stop = %(first)s + '45min'"
            " WHERE id = ANY(%(ids)s)",
            {"first": data.FIRST_DAY, "ids": events.ids},
        )
        env.invalidate_all()
        if database == "with":
            events.action_create_invoice()
            data.schedule(events.invoice_id, "2099-01-01 00:00:00")


COMPARISON = CalendarWeek()
