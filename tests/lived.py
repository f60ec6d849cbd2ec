"""A practice in which everything has happened, and what its database says of it."""

import json
from datetime import timedelta

from devtools.database import catalog
from devtools.environment.clock import utc_now, wait_until
from devtools.practice.bookings import book_many, drafts
from devtools.practice.jobs import run_cron
from devtools.practice.rpc import RpcError
from posted import wait_for_posted

RUN = "konfidens.payment.run"
TAKE = "konfidens.payment.take.wizard"
# More than a billing run does while somebody waits: the job does it, in three batches.
BOOKINGS = 210


class Life:
    """What has happened in a practice; each name is one invoice.

    :ivar moves: dict from what happened to the invoice's id
    :ivar addresses: the payer's e-mail address, by the invoice's id
    :ivar numbers: the payer's phone number, by the invoice's id, where there is one
    :ivar run: the id of a billing run in the middle of its work
    """

    def __init__(self, clinic):
        self.clinic = clinic
        self.admin, self.kari = clinic.admin, clinic.kari
        self.moves, self.addresses, self.numbers = {}, {}, {}
        self.run = None

    def live(self):
        """Let everything happen; returns itself."""
        me = self.admin.rpc.uid
        self.admin.rpc.call("res.users", "write", [me], {"tz": "Europe/Oslo"})
        self.admin.save_settings(payments_receipt="email")
        self._bill()
        self._pay()
        self._remind()
        self._credit()
        self._book_many_kinds()
        self._fail()
        self._run_half()
        self._close_the_day()
        self._tell()
        self._wait()
        return self

    def _draft(self, *names):
        made = drafts(self.kari, len(names), "and".join(names))
        for name, (move, address) in zip(names, made.items(), strict=True):
            self.moves[name], self.addresses[move] = move, address
        return list(made)

    def _complete(self, *moves):
        self.kari.press("account.move", "action_complete_invoice", *moves)

    def _bill(self):
        """Drafts, one with a message for tomorrow, one delivered and so completed."""
        _draft, scheduled, delivered = self._draft("draft", "scheduled", "delivered")
        self.kari.send(scheduled, at=utc_now() + timedelta(days=1), channel="email")
        self.kari.send(delivered, channel="email")
        wait_for_posted(self.clinic, delivered)

    def _tell(self):
        """One that the mail server took, and that may still come back."""
        self.admin.save_settings(payments_bounce_wait_minutes=60)
        (told,) = self._draft("told")
        self.kari.send(told, channel="email")
        self.clinic.mail.wait_for(lambda mail: self.addresses[told] in mail.recipients)

    def _pay(self):
        """One paid at the bank, with its receipt, and one in part; one at the desk."""
        paid, partly, taken = self._draft("paid", "partly", "taken")
        self._complete(paid, partly)
        self.register(paid)
        self.register(partly, amount=500)
        dialog = self.kari.press("account.move", "action_take_payment", taken)["res_id"]
        (cash,) = self.kari.ids("konfidens.payment.method", name="Cash")
        self.kari.rpc.call(TAKE, "write", [dialog], {"method_id": cash})
        self.kari.press(TAKE, "action_take", dialog)
        self.clinic.mail.wait_for(
            lambda mail: (
                self.addresses[paid] in mail.recipients
                and mail.message["subject"].startswith(("Receipt", "Kvittering"))
            )
        )

    def register(self, move, **values):
        """Register the payment of an invoice, all of it or this `amount`."""
        rpc = self.admin.rpc
        model = "account.payment.register"
        context = {"active_model": "account.move", "active_ids": [move]}
        register = rpc.call(model, "create", [values], context=context)
        self.admin.press(model, "action_create_payments", *register)

    def _remind(self):
        (overdue,) = self._draft("overdue")
        self._complete(overdue)
        rpc = self.admin.rpc
        domain = [["move_id", "=", overdue], ["display_type", "=", "payment_term"]]
        terms = rpc.call("account.move.line", "search", domain)
        date = f"{utc_now() - timedelta(days=30):%Y-%m-%d}"
        rpc.call("account.move.line", "write", terms, {"date_maturity": date})
        self.kari.press("account.move", "action_remind_now", overdue)
        self.clinic.mail.wait_for(
            lambda mail: self.addresses[overdue] in mail.recipients
        )

    def _credit(self):
        """One credited and invoiced anew, one to be credited: somebody is asked to."""
        credited, cancelled = self._draft("credited", "cancelled")
        self._complete(credited, cancelled)
        self.admin.press("account.move", "action_credit_and_invoice_anew", credited)
        (event,) = self.kari.ids("calendar.event", invoice_id=cancelled)
        self.kari.rpc.call("calendar.event", "write", [event], {"active": False})
        (credit,) = self.admin.ids("mail.activity.type", name="Credit invoice")
        assert self.admin.ids("mail.activity", activity_type_id=credit)

    def _book_many_kinds(self):
        """A group of which each guest is billed, a series, and one billed elsewhere."""
        start = utc_now().replace(hour=9, minute=0, second=0) + timedelta(days=8)
        service = "Psychotherapy, 45 minutes"
        clients = self.kari.rpc.call(
            "res.partner",
            "create",
            [{"name": f"Group {n}", "email": f"g{n}@example.com"} for n in range(3)],
        )
        me = self.kari.read("res.users", self.kari.rpc.uid, "partner_id")["partner_id"]
        group = self.kari.book(
            "Aisha Rahman",
            start,
            service,
            "A group",
            partner_ids=[[6, 0, [*clients, me[0]]]],
        )
        partners = [[6, 0, [*clients, me[0]]]]
        self.kari.rpc.call(
            "calendar.event", "write", [group], {"partner_ids": partners}
        )
        self.kari.press("calendar.event", "action_bill_each_guest", group)
        self.kari.press("calendar.event", "action_create_invoice", group)
        self.kari.book(
            "Aisha Rahman",
            start + timedelta(hours=2),
            service,
            "A series",
            recurrency=True,
            rrule_type="weekly",
            count=5,
            end_type="count",
            **{f"{start:%a}".lower(): True},
        )
        external = self.kari.book("Bjørn Ødegård", start, service, "Elsewhere")
        self.kari.press("calendar.event", "action_bill_externally", external)

    def _fail(self):
        """One whose message was refused: somebody is asked what to do."""
        (failed,) = self._draft("failed")
        self.clinic.mail.refuse = {self.addresses[failed]}
        self.kari.send(failed, channel="email")
        wait_until(
            lambda: self.kari.messages(failed)[0]["state"] == "failed",
            what="the message to fail",
        )

    def _run_half(self):
        appointments = book_many(self.kari, BOOKINGS, "run")
        press = self.admin.press
        action = press("calendar.event", "action_prepare_billing_run", *appointments)
        self.run = action["res_id"]
        press(RUN, "action_run", self.run)

        def billed():
            return self.admin.read(RUN, self.run, "billed_count")["billed_count"]

        wait_until(billed, 60, "the first batch")
        catalog.execute_in(
            self.clinic.database, "UPDATE konfidens_payment_run SET is_paused = true"
        )
        wait_until(lambda: self._is_at_rest("run"), what="the job to rest")
        assert 0 < billed() < BOOKINGS

    def _is_at_rest(self, name):
        try:
            return run_cron(self.clinic, name)
        except RpcError:
            return False

    def _close_the_day(self):
        """The settlement of today, with a difference; and a proof of the night."""
        day = "konfidens.payment.day"
        self.admin.rpc.call(day, "action_view_days")
        today = self.admin.rpc.call(day, "search", [["state", "=", "open"]], limit=1)
        lines = self.admin.read(day, today[0], "line_ids")["line_ids"]
        values = {"counted": 1000, "reason": "Something is missing"}
        self.admin.rpc.call("konfidens.payment.day.line", "write", lines, values)
        self.admin.press(day, "action_close", *today)
        assert self.admin.read(day, today[0], "state")["state"] == "closed"
        self._is_at_rest("prove")

    def _wait(self):
        """A mail that waits for its server, an SMS that does, and one unclear."""
        (waiting,) = self._draft("waiting")
        payers = self.clinic.payers(2, "text")
        for name, (address, (number, (move,))) in zip(
            ("text", "unclear"), payers.items(), strict=True
        ):
            self.moves[name], self.addresses[move] = move, address
            self.numbers[move] = number
        self.clinic.mail.stop()
        self.clinic.twilio.stop()
        self.kari.send(waiting, channel="email")
        self.kari.send(self.moves["text"], self.moves["unclear"], channel="sms")

        def all_wait():
            names = ("waiting", "text", "unclear")
            latest = [self.kari.messages(self.moves[name])[0] for name in names]
            return all(one["failure_reason"] for one in latest)

        wait_until(all_wait, 60, "mail server and provider to be missed")
        # as a server leaves it that is killed while it asks the provider
        catalog.execute_in(
            self.clinic.database,
            "UPDATE mail_notification SET notification_status = 'process'"
            " WHERE sms_number = %s",
            [self.numbers[self.moves["unclear"]]],
        )


# What belongs to the practice, whatever is installed: tables by how their names begin.
KEPT = (
    "account_",
    "calendar_",
    "payment_",
    "product_",
    "res_company",
    "res_currency",
    "res_partner",
    "resource_",
    "uom_",
)


def rows(database, begin=KEPT):
    """What stands in the tables whose names begin so.

    :return: dict from the table to a list of its rows, each a dict
    """
    tables = catalog.execute_in(
        database,
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    )
    return {
        table: [
            row
            for (row,) in catalog.execute_in(
                database, f'SELECT to_jsonb(one) FROM "{table}" one'
            )
        ]
        for (table,) in tables
        if table.startswith(begin)
    }


def changed(before, after):
    """What is not as it was, in the tables and columns that are still there.

    :return: dict from the table to the rows that were, and those that are
    """
    found = {}
    for table, were in before.items():
        are = after.get(table)
        if are is None or not were:
            continue
        names = set(were[0]) & set(are[0] if are else were[0])
        were = _texts(were, names)
        are = _texts(are, names)
        if were != are:
            found[table] = (sorted(were - are), sorted(are - were))
    return found


def _texts(found, names):
    names = sorted(names - {"write_date", "write_uid"})
    return {json.dumps({key: row.get(key) for key in names}) for row in found}
