"""Colleagues who work on the same invoices while servers are killed."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from ..database import catalog
from ..environment.clock import utc_now
from ..practice.rpc import RpcError

_BUSY = ("Somebody else is working on this", "is leaving at this moment")
_NEW_PRICE = 777.0
# Half of the messages go at once, the others so much later.
_LATER = timedelta(seconds=6)

_ALIVE = "SELECT id FROM account_move WHERE id = ANY(%s) AND state <> 'cancel'"
_TOTALS = "SELECT id, amount_total FROM account_move WHERE id = ANY(%s)"
_TOLD_OTHERWISE = """
    SELECT line.amount, move.amount_total
      FROM konfidens_payment_message_line line
      JOIN konfidens_payment_message message ON message.id = line.message_id
      JOIN account_move move ON move.id = line.move_id
     WHERE move.id = ANY(%s) AND message.state = 'delivered'
       AND line.amount <> move.amount_total
"""


def insist(act):
    """Press until it is done or refused for good.

    :param act: function; what is pressed
    :return: whether it is done
    :raise TimeoutError: when it is neither in a minute
    """
    end, said = time.monotonic() + 60, None
    while time.monotonic() < end:
        try:
            act()
            return True
        except RpcError as error:
            if error.name == "odoo.exceptions.MissingError":
                return True  # done before the server was killed
            passing = any(words in str(error) for words in _BUSY)
            if error.name.startswith("odoo.exceptions") and not passing:
                return False
            said = error
        except OSError as error:
            said = error  # the server is down, or its database: people press again
        time.sleep(0.2)
    raise TimeoutError(f"It could not be done, nor was it refused: {said}")


class Colleagues:
    """A practitioner who cancels, edits, completes and presses Send Now, and an
    accountant who confirms.

    :param made: the `Practice`
    :param seed: of what they do to which invoice
    """

    def __init__(self, made, seed):
        self.made = made
        self._moments = random.Random(seed)
        self._appointments = {}
        self._done = {}
        self._work_done = None

    def begin(self, moves):
        """Schedule the messages, and begin to work.

        :param moves: dict from the invoices to their payers' addresses
        """
        rows = self.made.kari.rpc.call(
            "calendar.event",
            "search_read",
            [["invoice_id", "in", list(moves)]],
            ["invoice_id"],
        )
        self._appointments = {row["invoice_id"][0]: row["id"] for row in rows}
        half = len(moves) // 2
        self.made.kari.send(*list(moves)[:half])
        self.made.kari.send(*list(moves)[half:], at=utc_now() + _LATER)
        self._work_done = ThreadPoolExecutor().submit(self._work)

    def are_busy(self):
        """Whether they have something left to do."""
        return not self._work_done.done()

    def go_home(self):
        """Wait until they are done."""
        self._work_done.result(300)

    def _work(self):
        acts = [
            self._cancel,
            self._change_price,
            self._complete,
            self._confirm,
            self._send_now,
        ]
        moves = list(self._appointments)
        self._moments.shuffle(moves)
        # every other one is left alone
        for move in moves[::2]:
            act = self._moments.choice(acts)
            if insist(lambda act=act, move=move: act(move)):
                self._done[move] = (act, time.time())
            time.sleep(self._moments.uniform(0, 0.4))

    def _cancel(self, move):
        self.made.kari.rpc.call("calendar.event", "unlink", [self._appointments[move]])

    def _change_price(self, move):
        values = {"price": _NEW_PRICE}
        self.made.kari.rpc.call(
            "calendar.event", "write", [self._appointments[move]], values
        )

    def _complete(self, move):
        self.made.kari.press("account.move", "action_complete_invoice", move)

    def _confirm(self, move):
        self.made.admin.press("account.move", "action_post", move)

    def _send_now(self, move):
        self.made.kari.message(move, "action_send_now")

    # === WHAT BECAME OF IT === #

    def who_should_hear(self, moves):
        """Those of these invoices whose payers must have a message: not cancelled."""
        return {move: moves[move] for (move,) in self._select(_ALIVE, moves)}

    def find_wrong(self, moves):
        """What is not as these people left it, in words: a list."""
        return [
            *self._heard_after_cancelling(moves),
            *self._wrong_price(),
            *(
                f"told {told}, invoiced {invoiced}"
                for told, invoiced in self._select(_TOLD_OTHERWISE, moves)
            ),
        ]

    def counts(self):
        """How often each thing was done: a dict."""
        names = [act.__name__.strip("_") for act, _time in self._done.values()]
        return {name: names.count(name) for name in sorted(set(names))}

    def _heard_after_cancelling(self, moves):
        heard = self.who_should_hear(moves)
        for move, (act, moment) in self._done.items():
            if act != self._cancel or move in heard:
                continue
            for mail in self.made.mail.to(moves[move]):
                if mail.time > moment:
                    late = mail.time - moment
                    yield f"{moves[move]} heard {late:.1f} s after cancelling"

    def _wrong_price(self):
        changed = [
            m for m, (act, _time) in self._done.items() if act == self._change_price
        ]
        for move, total in self._select(_TOTALS, changed):
            if total != _NEW_PRICE:
                yield f"invoice {move} is of {total}, not of {_NEW_PRICE}"

    def _select(self, statement, moves):
        return catalog.execute_in(self.made.database, statement, [list(moves)])
