"""Reminders of overdue invoices, while something is broken."""

from .. import catalog
from ..crowd import drafts, wait_until_posted
from ..practice import wait_until
from ..rpc import RpcError
from .breaking import Work
from .mails import MAIL_SECONDS, are_posted, count_mails, count_unfinished

# In English, Norwegian or Danish, and Swedish, as the payment messages.
SUBJECTS = ("Reminder", "Påminnelse", "Påmindelse")
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


class Reminders(Work):
    """One reminder for each overdue invoice, as soon as the practice wants them.

    :param made: the `Practice`
    :param messages: how many invoices, each of another payer
    :param prefix: how the payers' addresses begin
    """

    jobs = ("remind", "send_due", "complete_delivered")

    def __init__(self, made, messages, prefix):
        super().__init__(made)
        self.messages = messages
        self.prefix = prefix
        self.moves = {}
        self._company = None

    def begin(self):
        """Override: the invoices are overdue, and reminders are switched on."""
        made = self.made
        self.moves = drafts(made.kari, self.messages, self.prefix)
        made.kari.send(*self.moves)
        wait_until_posted(made, self.moves)
        wait_until(lambda: are_posted(made, self.moves), 60, "all to be told")
        for statement in _AGED:
            catalog.execute_in(made.database, statement, [list(self.moves)])
        made.mail.clear()
        made.mail.delay = MAIL_SECONDS
        [row] = made.admin.rpc.call(
            "account.move", "read", list(self.moves)[:1], ["company_id"]
        )
        self._company = row["company_id"][0]
        self._remind_since("2020-01-01")

    def count(self):
        """Override: the mails that came."""
        return count_mails(self.made, self.moves.values())

    def is_busy(self):
        """Override: a payer waits for the reminder."""
        return not self.is_settled()

    def finish(self):
        """Override: the mail server is quick again."""
        self.made.mail.delay = 0

    def is_settled(self):
        """Override: each payer was reminded, as far as the practice knows."""
        try:
            rows = self.made.admin.rpc.call(
                "account.move", "read", list(self.moves), ["reminder_count"]
            )
        except (RpcError, OSError):  # the server was just away
            return False
        unfinished = count_unfinished(self.made, self.moves)
        return not unfinished and all(row["reminder_count"] for row in rows)

    def read(self, outcome):
        """Override: who was reminded, and how often."""
        arrivals = {address: [] for address in self.moves.values()}
        for mail in self.made.mail.mails:
            if mail.message["subject"].startswith(SUBJECTS):
                for address in arrivals.keys() & set(mail.recipients):
                    arrivals[address].append((mail.time, mail.message["message-id"]))
        outcome.messages = self.messages
        outcome.read_mails(arrivals)
        outcome.unfinished = count_unfinished(self.made, self.moves)
        rows = self.made.admin.rpc.call(
            "account.move",
            "read",
            list(self.moves),
            ["state", "payment_message_state", "reminder_count"],
        )
        outcome.wrong = [
            f"{row}"
            for row in rows
            if (row["state"], row["payment_message_state"], row["reminder_count"])
            != ("posted", "delivered", 1)
        ]
        self._remind_since(False)

    def _remind_since(self, day):
        values = {"payments_reminders_since": day}
        self.made.admin.rpc.call("res.company", "write", [self._company], values)
