"""What existing events add to installing the addon, beside one UPDATE of all of them.

Each event gets its booking: the INSERT, the keys and indexes and the ANALYZE of a new
table are in what is measured. What an installation takes without any event is taken
off, with all else that Odoo does to install a module.
"""

import time

from devtools.database import catalog
from devtools.environment import odoo
from devtools.environment.settings import ADDON, cache_folder

from .comparison import Comparison, Side
from .workers import made_database

SHARE = 1000  # events, times --size
# A guest each, of ten thousand clients, beside the practitioner.
EVENTS = """
    INSERT INTO res_partner (name, active, email, autopost_bills)
         SELECT 'Guest ' || n, true, 'guest' || n || '@example.com', 'ask'
           FROM generate_series(1, 10000) n;
    INSERT INTO calendar_event (name, user_id, active, start, stop, privacy, show_as)
         SELECT 'Old ' || n, 2, true, start, start + '45min', 'public', 'busy'
           FROM generate_series(1, %(count)s) n,
        LATERAL (SELECT '2016-01-01'::timestamp + n * '5min'::interval AS start) time;
    INSERT INTO calendar_attendee (event_id, partner_id, state)
         SELECT event.id, guest.id, 'needsAction'
           FROM calendar_event event
           JOIN LATERAL (SELECT partner_id AS id FROM res_users WHERE id = 2
                          UNION ALL
                         SELECT id FROM res_partner
                          WHERE name = 'Guest ' || (event.id %% 10000 + 1)) guest
             ON true
          WHERE event.name LIKE 'Old %%';
"""
# How many of them there are, and how many have their booking.
BOOKED = """
    SELECT count(*), count(booking.id)
      FROM calendar_event event
 LEFT JOIN konfidens_payment_booking booking
        ON booking.event_id = event.id
       AND booking.payment_status = 'external' AND booking.is_settled
     WHERE event.name LIKE 'Old %%'
"""


class Outside(Side):
    """Done from outside of Odoo, on a copy of the database with the events."""

    def things(self, size):
        return size * SHARE

    def work_outside(self, database, count):
        """Override: do it, and look whether it was done."""
        seconds = self.timed(database)
        self.check(database)
        return {"seconds": seconds}

    def timed(self, database):
        """The seconds of a run."""
        start = time.perf_counter()
        self.run(database)
        return time.perf_counter() - start

    def check(self, database):
        """Look whether the work was done, as `Side.check` does."""


class Installing(Outside):
    label = "odoo server -i konfidens_payments, less the same without events"

    def work_outside(self, database, count):
        with made_database("plain") as without_events:
            sample = super().work_outside(database, count)
            return {"seconds": sample["seconds"] - self.timed(without_events)}

    def run(self, database):
        log = cache_folder() / "logs" / "bench-install.log"
        arguments = ["server", "-d", database, "-i", ADDON, "--stop-after-init"]
        arguments += ["--no-http", "--max-cron-threads=0"]
        odoo.run_quietly(arguments, f"install {ADDON}", log)

    def check(self, database):
        [(events, booked)] = catalog.execute_in(database, BOOKED)
        assert events == booked > 0


class Updating(Outside):
    label = "one UPDATE calendar_event SET active = active"

    def run(self, database):
        catalog.execute_in(database, "UPDATE calendar_event SET active = active")


class Install(Comparison):
    name = "install"
    what = "installing on 1,000,000 events at the size of 1,000"
    goal = 1.2
    databases = {"main": "plain"}
    ours = Installing()
    beside = Updating()
    repeats = 3
    quick = 0.05
    outside = True

    def fill_outside(self, name, database, size):
        """Override: put the events there."""
        catalog.execute_in(name, EVENTS, {"count": size * SHARE})
        catalog.execute_in(name, "ANALYZE")


COMPARISON = Install()
