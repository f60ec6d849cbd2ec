"""Payment messages by e-mail, while something is broken."""

from ..practice.bookings import drafts
from ..practice.payment_mails import PAYMENT_SUBJECTS
from ..practice.rpc import RpcError
from .breaking import Work
from .outcome import count_gaps

# The SMTP server takes this long to answer each mail, so that a kill meets one.
MAIL_SECONDS = 0.05


class Mails(Work):
    """Payment messages that are sent now, until every invoice is posted.

    :param made: the `Practice`
    :param messages: how many invoices
    :param prefix: how the payers' addresses begin
    :param people: a `Colleagues` who work on the same invoices
    :param seconds: how long the SMTP server takes for each mail
    """

    jobs = ("send_due", "complete_delivered")

    def __init__(self, made, messages, prefix, people=None, seconds=MAIL_SECONDS):
        super().__init__(made)
        self.messages = messages
        self.prefix = prefix
        self.people = people
        self.seconds = seconds
        self.moves = {}

    def begin(self):
        """Override: send all now, or let the people do so."""
        self.moves = drafts(self.made.kari, self.messages, self.prefix)
        self.made.mail.delay = self.seconds
        if self.people:
            self.people.begin(self.moves)
        else:
            self.made.kari.send(*self.moves)

    def count(self):
        """Override: the mails that came."""
        return count_mails(self.made, self.moves.values())

    def is_busy(self):
        """Override: people are at work, or an invoice waits."""
        return bool(self.people and self.people.are_busy()) or not self.is_settled()

    def finish(self):
        """Override: the mail server is quick again, and nobody is in the way."""
        self.made.mail.delay = 0
        if self.people:
            self.people.go_home()

    def is_settled(self):
        """Override: all that is not cancelled is posted."""
        return are_posted(self.made, self.moves)

    def read(self, outcome):
        """Override: who heard what, and how often."""
        people = self.people
        heard = people.who_should_hear(self.moves) if people else self.moves
        outcome.messages = self.messages
        outcome.read_mails(read_arrivals(self.made, heard.values()))
        outcome.gaps = count_gaps(self.made)
        outcome.unfinished = count_unfinished(self.made, self.moves)
        if people:
            outcome.wrong = people.find_wrong(self.moves)


def count_mails(made, addresses):
    """How many mails came to these addresses."""
    addresses = set(addresses)
    return sum(not addresses.isdisjoint(mail.recipients) for mail in made.mail.mails)


def read_arrivals(made, addresses):
    """The payment messages that came: a dict to lists of (time, Message-ID)."""
    arrivals = {address: [] for address in addresses}
    for mail in made.mail.mails:
        if not mail.message["subject"].startswith(PAYMENT_SUBJECTS):
            continue
        for address in arrivals.keys() & set(mail.recipients):
            arrivals[address].append((mail.time, mail.message["message-id"]))
    return arrivals


def are_posted(made, moves):
    """Whether all of these invoices are posted and told, or cancelled."""
    try:
        rows = made.admin.rpc.call(
            "account.move", "read", list(moves), ["state", "payment_message_state"]
        )
    except (RpcError, OSError):  # the server or its database was just away
        return False
    return all(
        row["state"] == "cancel"
        or (row["state"] == "posted" and row["payment_message_state"] == "delivered")
        for row in rows
    )


def count_unfinished(made, moves):
    """How many messages of these invoices are neither delivered nor cancelled."""
    rows = made.admin.rpc.call(
        "konfidens.payment.message",
        "search_read",
        [["move_ids", "in", list(moves)]],
        ["state"],
    )
    return sum(row["state"] not in ("delivered", "cancelled") for row in rows)
