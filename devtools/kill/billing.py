"""Drafts that are made and billing runs that send, while something is broken."""

import random
import threading
import time

from ..database import catalog
from ..practice.bookings import book_many
from .breaking import Work
from .colleagues import insist
from .mails import MAIL_SECONDS, are_posted, count_mails, read_arrivals
from .outcome import count_gaps

RUN = "konfidens.payment.run"
# More than a run does while somebody waits, so that the job does it, in batches.
IN_BACKGROUND = 210
# So many that the button does it at once.
AT_ONCE = 20
# A colleague presses Create Invoice on so many.
HANDFUL = 5

_INVOICES = """
    SELECT line.booking_id, array_agg(DISTINCT move.id)
    FROM account_move_line line JOIN account_move move ON move.id = line.move_id
    WHERE line.booking_id = ANY(%s) GROUP BY line.booking_id
"""
_LINES = """
    SELECT line.booking_id, line.result, run.state
    FROM konfidens_payment_run_line line
    JOIN konfidens_payment_run run ON run.id = line.run_id
    WHERE line.booking_id = ANY(%s)
"""


class Billing(Work):
    """Many bookings that are billed by billing runs, big ones and small ones.

    :param made: the `Practice`
    :param bookings: how many
    :param prefix: how the clients' addresses begin
    :param seed: of what the colleague does
    :param send: the runs send the messages now; else they make drafts, and a colleague
        presses Create Invoice on handfuls of the same bookings
    """

    jobs = ("run", "send_due", "complete_delivered")

    def __init__(self, made, bookings, prefix, seed, send=False):
        super().__init__(made)
        self.number = bookings
        self.prefix = prefix
        self.send = send
        self.appointments = {}  # appointment: the client's address
        self.bookings = []
        self._moments = random.Random(seed)
        self._threads = []
        self._failures = []

    # === WHAT HAPPENS === #

    def begin(self):
        """Override: people begin to press."""
        made = self.made
        made.mail.delay = MAIL_SECONDS
        self.appointments = book_many(made.kari, self.number, self.prefix)
        self.bookings = made.admin.bookings(*self.appointments)
        acts = [self._bill_all] + [self._bill_handfuls] * (not self.send)
        self._threads = [
            threading.Thread(target=self._work, args=[act], daemon=True) for act in acts
        ]
        for thread in self._threads:
            thread.start()

    def _work(self, act):
        try:
            act()
        except Exception as error:  # told with what became of it
            self._failures.append(f"{act.__name__}: {error}")

    def _bill_all(self):
        left = list(self.appointments)
        while left:
            size = IN_BACKGROUND if len(left) >= IN_BACKGROUND else AT_ONCE
            chosen, left = left[:size], left[size:]
            insist(lambda chosen=chosen: self._start(chosen))

    def _start(self, appointments):
        """Prepare a billing run and press Start."""
        admin = self.made.admin
        action = admin.press(
            "calendar.event", "action_prepare_billing_run", *appointments
        )
        run = action["res_id"]
        admin.rpc.call(RUN, "write", [run], {"send_mode": ("draft", "now")[self.send]})
        admin.press(RUN, "action_run", run)

    def _bill_handfuls(self):
        chosen = list(self.appointments)
        self._moments.shuffle(chosen)
        for start in range(0, len(chosen) // 2, HANDFUL):
            handful = chosen[start : start + HANDFUL]
            insist(
                lambda handful=handful: self.made.kari.press(
                    "calendar.event", "action_create_invoice", *handful
                )
            )
            time.sleep(self._moments.uniform(0, 0.2))

    def count(self):
        """Override: the bookings with an invoice, and the mails that came."""
        return len(self._invoices()) + count_mails(
            self.made, self.appointments.values()
        )

    def is_busy(self):
        """Override: somebody presses, or something is left to do."""
        pressing = any(thread.is_alive() for thread in self._threads)
        return pressing or not self.is_settled()

    def finish(self):
        """Override: wait until everybody has pressed."""
        self.made.mail.delay = 0
        for thread in self._threads:
            thread.join(300)

    def is_settled(self):
        """Override: each has an invoice, and where it is sent, that is posted."""
        invoices = self._invoices()
        runs = self._execute(_LINES)
        return (
            len(invoices) == len(self.bookings)
            and all(state != "running" for _booking, _result, state in runs)
            and (not self.send or are_posted(self.made, self._moves()))
        )

    # === WHAT BECAME OF IT === #

    def read(self, outcome):
        """Override: which booking has how many invoices, and who heard of it."""
        outcome.messages = self.number
        invoices = self._invoices()
        if self.send:
            arrivals = read_arrivals(self.made, self.appointments.values())
            outcome.read_mails(arrivals)
        outcome.lost += len(set(self.bookings) - set(invoices))
        outcome.gaps = count_gaps(self.made) if self.send else None
        outcome.unfinished = sum(
            state == "running" for _booking, _result, state in self._execute(_LINES)
        )
        if self.send and not are_posted(self.made, self._moves()):
            outcome.unfinished += 1
        outcome.wrong = [
            *self._failures,
            *(
                f"booking {booking} has {len(moves)} invoices"
                for booking, moves in invoices.items()
                if len(moves) > 1
            ),
            *self._billed_twice(),
        ]

    def _billed_twice(self):
        """What runs claim to have billed more than once."""
        rows = self._execute(_LINES)
        billed = [booking for booking, result, _state in rows if result == "billed"]
        for booking in {one for one in billed if billed.count(one) > 1}:
            yield f"booking {booking} was billed by two runs"

    def _execute(self, statement):
        return catalog.execute_in(self.made.database, statement, [self.bookings])

    def _invoices(self):
        """The invoices of each booking that has any: a dict to lists of ids."""
        return dict(self._execute(_INVOICES))

    def _moves(self):
        return [move for moves in self._invoices().values() for move in moves]
