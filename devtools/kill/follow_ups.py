"""What goes to payers after the payment message, while something is broken."""

from collections import Counter

from ..database import catalog
from ..environment.clock import wait_until
from ..practice.bookings import drafts
from ..practice.jobs import wait_until_posted
from ..practice.rpc import RpcError
from .breaking import Work
from .mails import MAIL_SECONDS, are_posted, count_mails, count_unfinished

# Three weeks ago these were told, and have been overdue for a week.
_AGED = (
    """
    UPDATE account_move
       SET invoice_date = invoice_date - 21, invoice_date_due = invoice_date_due - 21
     WHERE id = ANY(%s)""",
    """
    UPDATE account_move_line SET date_maturity = date_maturity - 21
     WHERE move_id = ANY(%s) AND date_maturity IS NOT NULL""",
    """
    UPDATE konfidens_payment_message
       SET sent_date = sent_date - interval '21 days',
           delivered_date = delivered_date - interval '21 days'
     WHERE id IN (SELECT message_id FROM konfidens_payment_message_line
                   WHERE move_id = ANY(%s))""",
)


class FollowUps(Work):
    """One message of a kind for each of many completed invoices.

    :param made: the `Practice`
    :param messages: how many invoices, each of another payer
    :param prefix: how the payers' addresses begin
    :cvar kind: of the messages
    :cvar subjects: how those of this kind begin, in each language
    """

    kind = ""
    subjects = ()

    def __init__(self, made, messages, prefix):
        super().__init__(made)
        self.messages = messages
        self.prefix = prefix
        self.moves = {}

    def begin(self):
        """Override: the invoices are there, then the mail server is slow."""
        self.moves = drafts(self.made.kari, self.messages, self.prefix)
        self.prepare()
        self.made.mail.clear()
        self.made.mail.delay = MAIL_SECONDS
        self.start()

    def prepare(self):
        """Let the drafts become what the messages tell of."""
        raise NotImplementedError

    def start(self):
        """Let the messages be due."""
        raise NotImplementedError

    def count(self):
        """Override: the mails that came."""
        return count_mails(self.made, self.moves.values())

    def is_busy(self):
        """Override: a payer waits for the message."""
        return not self.is_settled()

    def finish(self):
        """Override: the mail server is quick again."""
        self.made.mail.delay = 0

    def is_settled(self):
        """Override: each payer has the message, as far as the practice knows."""
        try:
            counts = self.count_delivered()
        except (RpcError, OSError):  # the server was just away
            return False
        return counts.keys() == self.moves.keys()

    def count_delivered(self):
        """How many of these messages arrived: a `Counter` by the invoice's id."""
        rows = self.made.admin.rpc.call(
            "konfidens.payment.message",
            "search_read",
            [
                ["kind", "=", self.kind],
                ["state", "=", "delivered"],
                ["move_ids", "in", list(self.moves)],
            ],
            ["move_ids"],
        )
        return Counter(move for row in rows for move in row["move_ids"])

    def read(self, outcome):
        """Override: who got the message, and how often."""
        arrivals = {address: [] for address in self.moves.values()}
        for mail in self.made.mail.mails:
            if mail.message["subject"].startswith(self.subjects):
                for address in arrivals.keys() & set(mail.recipients):
                    arrivals[address].append((mail.time, mail.message["message-id"]))
        outcome.messages = self.messages
        outcome.read_mails(arrivals)
        outcome.unfinished = count_unfinished(self.made, self.moves)
        outcome.wrong = [
            f"{self.kind}s of invoice {move}: {count}"
            for move, count in self.count_delivered().items()
            if count != 1
        ]


class Reminders(FollowUps):
    """One reminder for each overdue invoice, as soon as the practice wants them."""

    kind = "reminder"
    # In English, Norwegian or Danish, and Swedish, as the payment messages.
    subjects = ("Reminder", "Påminnelse", "Påmindelse")
    jobs = ("remind", "send_due", "complete_delivered")

    def prepare(self):
        """Override: they were told, and are overdue."""
        made = self.made
        made.kari.send(*self.moves)
        wait_until_posted(made, self.moves)
        wait_until(lambda: are_posted(made, self.moves), 60, "all to be told")
        for statement in _AGED:
            catalog.execute_in(made.database, statement, [list(self.moves)])

    def start(self):
        """Override: reminders are switched on."""
        self._remind_since("2020-01-01")

    def read(self, outcome):
        """Override: nobody is reminded after that."""
        super().read(outcome)
        self._remind_since(False)

    def _remind_since(self, day):
        rpc = self.made.admin.rpc
        [row] = rpc.call("account.move", "read", list(self.moves)[:1], ["company_id"])
        values = {"payments_reminders_since": day}
        rpc.call("res.company", "write", [row["company_id"][0]], values)


class Receipts(FollowUps):
    """One receipt for each invoice that is paid, all in one go."""

    kind = "receipt"
    subjects = ("Receipt", "Kvitter")
    jobs = ("send_receipts", "send_due", "complete_delivered")

    def prepare(self):
        """Override: they are completed, and the practice gives receipts."""
        self.made.admin.save_settings(payments_receipt="email")
        self.made.kari.press("account.move", "action_complete_invoice", *self.moves)

    def start(self):
        """Override: an accountant registers the payments."""
        model = "account.payment.register"
        context = {"active_model": "account.move", "active_ids": list(self.moves)}
        rpc = self.made.admin.rpc
        register = rpc.call(model, "create", [{}], context=context)
        rpc.call(model, "action_create_payments", register, context=context)

    def read(self, outcome):
        """Override: nobody gets receipts after that."""
        super().read(outcome)
        self.made.admin.save_settings(payments_receipt="none")
