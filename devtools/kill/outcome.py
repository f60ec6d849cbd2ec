"""What became of messages after kills and outages."""

import re

from .judge import blame


class Outcome:
    """What became of the messages.

    :ivar messages: how many messages there should be
    :ivar breaks: when something was broken, and what it repeated: a list of `Break`
    :ivar connections: so many mails may be under way at once, and so be repeated by
        one break
    :ivar sms_connections: so many SMS may be under way at once, and so be of unknown
        fate after one break
    :ivar lost: how many payers have no message, and nobody was told so
    :ivar unexplained: how many mails came more than once without any break
    :ivar repeated_sms: how many SMS came more than once
    :ivar other_ids: how many copies came with another Message-ID
    :ivar gaps: how many invoice numbers are missing or double; None: no invoices
    :ivar unfinished: how many messages or invoices were left in between
    :ivar untold: how many messages of unknown fate nobody was told of
    :ivar wrong: what else is not as it should be, in words
    """

    def __init__(self, messages, breaks=(), connections=1, sms_connections=1):
        self.messages = messages
        self.breaks = list(breaks)
        self.connections = connections
        self.sms_connections = sms_connections
        self.lost = self.unexplained = self.repeated_sms = self.other_ids = 0
        self.gaps = None
        self.unfinished = self.untold = 0
        self.wrong = []

    def read_mails(self, arrivals):
        """Judge what arrived.

        :param arrivals: for each payer what came: a dict to lists of
            (time, Message-ID)
        """
        self.lost = sum(not came for came in arrivals.values())
        unexplained = blame(arrivals, self.breaks)
        copies = [*unexplained, *(copy for one in self.breaks for copy in one.repeated)]
        self.unexplained = len(unexplained)
        self.other_ids = sum(not copy.same_id for copy in copies)

    @property
    def kills(self):
        """How often something was broken."""
        return len(self.breaks)

    @property
    def repeated(self):
        """How many mails came again because something was broken."""
        return sum(len(one.repeated) for one in self.breaks)

    @property
    def rate(self):
        """How many mails came again for each break, in words."""
        return f"{self.repeated / self.kills:.2f}" if self.kills else None

    @property
    def most(self):
        """How many mails came again because of one break, at most."""
        return max((len(one.repeated) for one in self.breaks), default=0)

    @property
    def unknown(self):
        """How many SMS were of unknown fate after a break."""
        return sum(len(one.unknown) for one in self.breaks)

    @property
    def most_unknown(self):
        """How many SMS were of unknown fate after one break, at most."""
        return max((len(one.unknown) for one in self.breaks), default=0)

    def faults(self):
        """What may not be, in words: a list.

        A break may repeat a mail for each connection, as the very same message, and
        leave an SMS for each connection of which nobody knows. Nothing else.
        """
        never = {
            "lost": self.lost,
            "repeated although nothing was broken": self.unexplained,
            "SMS repeated": self.repeated_sms,
            "repeated with another Message-ID": self.other_ids,
            "gaps in invoice numbers": self.gaps or 0,
            "left in between": self.unfinished,
            "of unknown fate, and nobody was told": self.untold,
        }
        faults = [f"{number} {what}" for what, number in never.items() if number]
        for number, one in enumerate(self.breaks, 1):
            if len(one.repeated) > self.connections:
                faults.append(f"break {number} repeated {len(one.repeated)} mails")
            if len(one.unknown) > self.sms_connections:
                faults.append(
                    f"break {number} left {len(one.unknown)} SMS of unknown fate"
                )
        return faults + self.wrong

    def held(self):
        """Whether everybody has one message, and each break did no more than it may."""
        return not self.faults()


def count_gaps(made):
    """How many numbers of the posted invoices are missing or double.

    :param made: the `Practice`
    """
    rows = made.admin.rpc.call(
        "account.move", "search_read", [["state", "=", "posted"]], ["name"]
    )
    series = {}  # credit notes have numbers of their own
    for row in rows:
        prefix, number = re.fullmatch(r"(.*?)(\d+)", row["name"]).groups()
        series.setdefault(prefix, []).append(int(number))
    return sum(_count_gaps(numbers) for numbers in series.values())


def _count_gaps(numbers):
    whole = set(range(1, max(numbers) + 1))
    return len(whole - set(numbers)) + len(numbers) - len(set(numbers))


def table(columns):
    """The outcomes side by side, as text.

    :param columns: dict from the column's title to its `Outcome`
    """
    rows = {
        "messages": "messages",
        "kills": "breaks",
        "repeated": "repeated mails",
        "rate": "  for each break",
        "most": "  for one break, at most",
        "unexplained": "  without any break",
        "other_ids": "  with other Message-IDs",
        "repeated_sms": "repeated SMS",
        "unknown": "SMS of unknown fate",
        "most_unknown": "  after one break, at most",
        "untold": "  and nobody was told",
        "lost": "lost messages",
        "gaps": "gaps in invoice numbers",
        "unfinished": "left in between",
    }
    width = max(map(len, rows.values()))
    lines = [" " * width + "".join(f"  {title:>20}" for title in columns)]
    for name, title in rows.items():
        values = [getattr(outcome, name) for outcome in columns.values()]
        cells = ["-" if value is None else str(value) for value in values]
        lines.append(f"{title:<{width}}" + "".join(f"  {cell:>20}" for cell in cells))
    return "\n".join(lines)
