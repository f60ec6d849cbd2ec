"""One draft that several people press buttons on at the same moment."""

from datetime import timedelta

from devtools.environment.clock import utc_now, wait_until
from devtools.practice.bookings import drafts
from devtools.practice.jobs import run_cron
from payment_mails import mails_to

SOON = timedelta(seconds=2)


class ContestedDraft:
    """One draft with its appointment, and what people press on it."""

    def __init__(self, clinic, name):
        self.clinic = clinic
        self.kari = clinic.kari
        ((self.move, self.address),) = drafts(clinic.kari, 1, name).items()
        (self.appointment,) = self.kari.ids("calendar.event", invoice_id=self.move)

    def press(self, button):
        self.kari.press("account.move", button, self.move)

    def change(self, **values):
        self.kari.rpc.call("calendar.event", "write", [self.appointment], values)

    def cancel(self):
        self.kari.rpc.call("calendar.event", "unlink", [self.appointment])

    def edit_line(self, price):
        """What an accountant does on the draft itself."""
        admin = self.clinic.admin
        (line,) = admin.ids(
            "account.move.line", move_id=self.move, display_type="product"
        )
        commands = [[1, line, {"price_unit": price}]]
        values = {"invoice_line_ids": commands}
        admin.rpc.call("account.move", "write", [self.move], values)

    # What became of it, read by the administrator.

    def invoice(self):
        return self.clinic.admin.invoice(self.move)

    def state(self):
        return self.clinic.admin.messages(self.move)[0]["state"]

    def schedule(self):
        """Schedule its message; it is due when this returns, and nobody knows yet."""
        at = utc_now() + SOON
        self.kari.send(self.move, at=at)
        return at

    def assert_done_once(self, amount=None):
        """One message, one posted invoice, and both about the same amount."""
        wait_until(lambda: self.state() == "delivered")
        invoice = self.invoice()
        assert invoice["state"] == "posted"
        (row,) = self.clinic.admin.rpc.call(
            "konfidens.payment.message",
            "search_read",
            [["move_ids", "=", self.move], ["state", "!=", "cancelled"]],
            ["state", "amount"],
        )
        assert row["amount"] == invoice["amount_total"]
        assert amount is None or invoice["amount_total"] == amount
        assert len(mails_to(self.clinic, self.address)) == 1
        assert invoice["name"].startswith("INV/")

    def assert_called_off(self):
        """The draft is cancelled, and its payer never heard of it."""
        assert self.invoice()["state"] == "cancel"
        run_cron(self.clinic, "send_due")
        assert self.state() == "cancelled"
        assert not mails_to(self.clinic, self.address)

    def everything_a_user_does(self):
        other = self.kari.rpc.call("res.partner", "create", [{"name": "Parent"}])[0]
        return {
            "cancel": self.cancel,
            "archive": lambda: self.change(active=False),
            "another price": lambda: self.change(price=1.0),
            "another payer": lambda: self.change(payer_id=other),
            "another time": lambda: self.change(
                start="2026-04-01 08:00:00", stop="2026-04-01 09:00:00"
            ),
            "externally": lambda: self.press("action_bill_externally"),
            "complete": lambda: self.press("action_complete_invoice"),
            "send": lambda: self.kari.send(self.move),
            "send now": lambda: self.kari.message(self.move, "action_send_now"),
            "call off": lambda: self.kari.message(self.move, "action_cancel"),
        }
