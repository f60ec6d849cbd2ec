"""Installing the addon on a practice that has a calendar full of events."""

import contextlib
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from devtools.database import catalog
from devtools.database.installed import test_database
from devtools.environment import odoo
from devtools.environment.settings import ADDON, cache_folder

# An event of the administrator's with one guest, or two, or none; the first guest
# is the client.
_EVENTS = """
    INSERT INTO res_partner (name, active, email, autopost_bills)
         SELECT 'Guest ' || n, true, 'guest' || n || '@example.com', 'ask'
           FROM generate_series(1, 40) n;
    INSERT INTO calendar_event (name, user_id, active, start, stop, privacy, show_as)
         SELECT 'Old ' || n, 2, n %% 7 <> 0, start, start + '1h', 'public', 'busy'
           FROM generate_series(1, %(count)s) n,
        LATERAL (SELECT '2020-01-01'::timestamp + n * '1h'::interval AS start) time;
    INSERT INTO calendar_attendee (event_id, partner_id, state)
         SELECT event.id, guest.partner_id, 'needsAction'
           FROM calendar_event event
           JOIN LATERAL (
                SELECT partner_id, 0 AS place FROM res_users WHERE id = 2
                UNION ALL
                SELECT id, 1 FROM res_partner
                 WHERE name = 'Guest ' || (event.id %% 40 + 1) AND event.id %% 5 <> 0
                UNION ALL
                SELECT id, 2 FROM res_partner
                 WHERE name = 'Guest ' || ((event.id + 9) %% 40 + 1)
                   AND event.id %% 5 = 1
                ) guest ON true
          WHERE event.name LIKE 'Old %%'
       ORDER BY event.id, guest.place
"""
_WRONG = """
    SELECT event.name, booking.client_id, guest.name, booking.invoicing_method,
           booking.payment_status, booking.is_settled
      FROM calendar_event event
 LEFT JOIN res_partner guest
        ON guest.name = 'Guest ' || (event.id %% 40 + 1) AND event.id %% 5 <> 0
 LEFT JOIN konfidens_payment_booking booking ON booking.event_id = event.id
     WHERE event.name LIKE 'Old %%'
       AND (booking.client_id IS DISTINCT FROM guest.id
            OR booking.payer_id IS DISTINCT FROM guest.id
            OR guest.id IS NOT NULL
               AND (booking.invoicing_method IS DISTINCT FROM 'external'
                    OR booking.payment_status IS DISTINCT FROM 'external'
                    OR booking.is_settled IS NOT TRUE
                    OR booking.invoice_id IS NOT NULL
                    OR booking.user_id IS DISTINCT FROM event.user_id
                    OR booking.company_id IS NULL
                    OR (booking.start, booking.stop, booking.active)
                       IS DISTINCT FROM (event.start, event.stop, event.active)))
"""


# What writes on events or their bookings.
_WRITES = re.compile(
    r'(?:UPDATE|INSERT INTO)\s+"?(?:calendar_event|konfidens_payment_booking)"?\s'
)


def install(name, log):
    """Install the addon; returns its statements that write on events and bookings."""
    arguments = ["server", "-d", name, "-i", ADDON, "--stop-after-init", "--no-http"]
    arguments += ["--max-cron-threads=0", "--log-handler=odoo.sql_db:DEBUG"]
    log.unlink(missing_ok=True)
    odoo.run_quietly(arguments, f"install {ADDON}", log)
    return _WRITES.findall(log.read_text())


@pytest.fixture(scope="module")
def installed():
    """(the database with 2,000 events, the number of writes with 20 and there)"""
    with contextlib.ExitStack() as stack:
        databases = {}
        for count in (20, 2000):
            name = stack.enter_context(test_database("test_install", addon=False))
            catalog.execute_in(name, _EVENTS, {"count": count})
            databases[name] = cache_folder() / "logs" / f"{name}.log"
            stack.callback(databases[name].unlink, missing_ok=True)
        with ThreadPoolExecutor(len(databases)) as pool:
            writes = list(pool.map(install, databases, databases.values()))
        yield [*databases][1], *map(len, writes)


def test_old_events_are_externally_billed_and_settled(installed):
    name, *_counts = installed
    rows = catalog.execute_in(
        name,
        "SELECT count(DISTINCT event.id), count(booking.client_id)"
        " FROM calendar_event event"
        " LEFT JOIN konfidens_payment_booking booking ON booking.event_id = event.id"
        " WHERE event.name LIKE 'Old %%'",
    )
    assert rows == [(2000, 1600)]
    assert catalog.execute_in(name, _WRONG) == []


def test_installing_does_not_go_through_the_events_one_by_one(installed):
    _name, with_few, with_many = installed
    assert with_many == with_few
    assert 1 <= with_many <= 3
