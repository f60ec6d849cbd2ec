"""Colleagues who work on the same invoices while servers are killed."""

import http.client
import random
import threading
import time
from datetime import timedelta

from ..environment.clock import utc_now
from ..practice.rpc import RpcError

# The server is down, or its database: people press again.
_PASSING = (OSError, http.client.HTTPException)
_BUSY = ("Somebody else is working on this", "is leaving at this moment")
_NEW_PRICE = 777.0
# Half of the messages go at once, the others so much later.
_LATER = timedelta(seconds=6)


def insist(act):
    """Press until it is done or refused for good.

    :param act: function; what is pressed
    :return: whether it is done
    :raise TimeoutError: when it is neither in a minute
    """
    end = time.monotonic() + 60
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
        except _PASSING:
            pass
        time.sleep(0.2)
    raise TimeoutError("It could not be done, nor was it refused.")


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
        self._thread = threading.Thread(target=self._work, daemon=True)

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
        self._thread.start()

    def are_busy(self):
        """Whether they have something left to do."""
        return self._thread.is_alive()

    def go_home(self):
        """Wait until they are done."""
        self._thread.join(300)
        if self._thread.is_alive():
            raise TimeoutError("The people did not get done.")

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
        rows = self.made.admin.rpc.call("account.move", "read", list(moves), ["state"])
        return {row["id"]: moves[row["id"]] for row in rows if row["state"] != "cancel"}

    def find_wrong(self, moves):
        """What is not as these people left it, in words: a list."""
        return [
            *self._heard_after_cancelling(moves),
            *self._wrong_price(),
            *self._told_otherwise(moves),
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
        for move, (act, _moment) in self._done.items():
            if act == self._change_price:
                total = self.made.admin.invoice(move)["amount_total"]
                if total != _NEW_PRICE:
                    yield f"invoice {move} is of {total}, not of {_NEW_PRICE}"

    def _told_otherwise(self, moves):
        rows = self.made.admin.rpc.call(
            "konfidens.payment.message.line",
            "search_read",
            [
                ["move_id", "in", list(moves)],
                ["message_id.state", "=", "delivered"],
            ],
            ["move_id", "amount"],
        )
        for row in rows:
            total = self.made.admin.invoice(row["move_id"][0])["amount_total"]
            if row["amount"] != total:
                yield f"told {row['amount']}, invoiced {total}"
