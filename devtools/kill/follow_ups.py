"""What goes to payers after the payment message, while something is broken."""

from ..environment.clock import wait_until
from ..practice.bookings import drafts
from ..practice.jobs import wait_until_posted
from .work import MAIL_SECONDS, Work

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
_DELIVERED = """
    SELECT line.move_id, count(*)
      FROM konfidens_payment_message_line line
      JOIN konfidens_payment_message message ON message.id = line.message_id
     WHERE line.move_id = ANY(%s) AND message.kind = ANY(%s)
       AND message.state = 'delivered'
     GROUP BY line.move_id
"""


class FollowUps(Work):
    """One message of a kind for each of many completed invoices.

    :cvar kind: of the messages
    """

    kind = ""

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

    def is_settled(self):
        """Override: each payer has the message, as far as the practice knows."""
        return self.count_delivered().keys() == self.moves.keys()

    def count_delivered(self):
        """How many of these messages arrived: a dict by the invoice's id."""
        return dict(self.select(_DELIVERED, self.moves, [self.kind]))

    def read(self, outcome):
        """Override: also whether each got just one."""
        super().read(outcome)
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
        wait_until(lambda: self.are_posted(self.moves), 60, "all to be told")
        for statement in _AGED:
            self.select(statement, self.moves)

    def start(self):
        """Override: reminders are switched on."""
        self.made.choose(payments_reminders_since="2020-01-01")

    def read(self, outcome):
        """Override: nobody is reminded after that."""
        super().read(outcome)
        self.made.choose(payments_reminders_since=False)


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
        self.made.admin.register_payment(*self.moves)

    def read(self, outcome):
        """Override: nobody gets receipts after that."""
        super().read(outcome)
        self.made.admin.save_settings(payments_receipt="none")
