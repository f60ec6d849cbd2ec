"""Drafts that are made and billing runs that send, while something is broken."""

import time
from concurrent.futures import ThreadPoolExecutor, wait

from ..practice.bookings import book_many
from .colleagues import insist
from .work import MAIL_SECONDS, Work

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

    :param send: the runs send the messages now; else they make drafts, and a colleague
        presses Create Invoice on handfuls of the same bookings
    """

    jobs = ("run", "send_due", "complete_delivered")

    def __init__(self, *args, send=False, **options):
        super().__init__(*args, **options)
        self.send = send
        self.appointments = {}  # appointment: the client's address
        self.bookings = []
        self._presses = []

    # === WHAT HAPPENS === #

    def begin(self):
        """Override: people begin to press."""
        made = self.made
        made.mail.delay = MAIL_SECONDS
        self.appointments = book_many(made.kari, self.messages, self.prefix)
        self.bookings = made.admin.bookings(*self.appointments)
        acts = [self._bill_all] + [self._bill_handfuls] * (not self.send)
        people = ThreadPoolExecutor()
        self._presses = [people.submit(act) for act in acts]

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
        self.moments.shuffle(chosen)
        for start in range(0, len(chosen) // 2, HANDFUL):
            handful = chosen[start : start + HANDFUL]
            insist(
                lambda handful=handful: self.made.kari.press(
                    "calendar.event", "action_create_invoice", *handful
                )
            )
            time.sleep(self.moments.uniform(0, 0.2))

    def addresses(self):
        """Override."""
        return self.appointments.values()

    def count(self):
        """Override: the bookings with an invoice, and the mails that came."""
        return len(self._invoices()) + super().count()

    def is_busy(self):
        """Override: somebody presses, or something is left to do."""
        pressing = not all(press.done() for press in self._presses)
        return pressing or super().is_busy()

    def finish(self):
        """Override: wait until everybody has pressed."""
        super().finish()
        wait(self._presses, 300)

    def is_settled(self):
        """Override: each has an invoice, and where it is sent, that is posted."""
        invoices = self._invoices()
        runs = self.select(_LINES, self.bookings)
        return (
            len(invoices) == len(self.bookings)
            and all(state != "running" for _booking, _result, state in runs)
            and (not self.send or self.are_posted(self._moves()))
        )

    # === WHAT BECAME OF IT === #

    def read(self, outcome):
        """Override: which booking has how many invoices, and who heard of it."""
        outcome.messages = self.messages
        invoices, lines = self._invoices(), self.select(_LINES, self.bookings)
        if self.send:
            outcome.read_mails(self.arrivals(self.addresses()))
            outcome.gaps = self.count_gaps()
        outcome.lost += len(set(self.bookings) - set(invoices))
        outcome.unfinished = sum(state == "running" for *_line, state in lines)
        if self.send and not self.are_posted(self._moves()):
            outcome.unfinished += 1
        outcome.wrong = [
            *(f"{press.exception(0)}" for press in self._presses if press.exception(0)),
            *(
                f"booking {booking} has {len(moves)} invoices"
                for booking, moves in invoices.items()
                if len(moves) > 1
            ),
            *_billed_twice(lines),
        ]

    def _invoices(self):
        """The invoices of each booking that has any: a dict to lists of ids."""
        return dict(self.select(_INVOICES, self.bookings))

    def _moves(self):
        return [move for moves in self._invoices().values() for move in moves]


def _billed_twice(lines):
    """What runs claim to have billed more than once."""
    billed = [booking for booking, result, _state in lines if result == "billed"]
    for booking in {one for one in billed if billed.count(one) > 1}:
        yield f"booking {booking} was billed by two runs"
