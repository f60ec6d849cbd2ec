"""What became of messages after kills and outages, and which break repeated which."""

import itertools
from dataclasses import dataclass, field

# What a killed client had sent is read so much later, in seconds.
_UNDER_WAY = 0.25


@dataclass
class Break:
    """One time that something was broken.

    :ivar begun: when it began (`time.time()`)
    :ivar ended: from when on nothing could be under way any more that it interrupted
    :ivar repeated: for each copy that came because of it, whether it was the very same
        message (Message-ID)
    :ivar unknown: the SMS that it left of which nobody knew whether they had left
    """

    begun: float
    ended: float
    repeated: list = field(default_factory=list)
    unknown: set = field(default_factory=set)


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
        copies = sum((one.repeated for one in self.breaks), unexplained)
        self.unexplained = len(unexplained)
        self.other_ids = copies.count(False)

    def figures(self):
        """What the table says of it: a dict from words to figures, None: nothing."""
        repeated = [len(one.repeated) for one in self.breaks]
        unknown = [len(one.unknown) for one in self.breaks]
        breaks = len(self.breaks)
        return {
            "messages": self.messages,
            "breaks": breaks,
            "repeated mails": sum(repeated),
            "  for each break": f"{sum(repeated) / breaks:.2f}" if breaks else None,
            "  for one break, at most": max(repeated, default=0),
            "  without any break": self.unexplained,
            "  with other Message-IDs": self.other_ids,
            "repeated SMS": self.repeated_sms,
            "SMS of unknown fate": sum(unknown),
            "  after one break, at most": max(unknown, default=0),
            "  and nobody was told": self.untold,
            "lost messages": self.lost,
            "gaps in invoice numbers": self.gaps,
            "left in between": self.unfinished,
        }

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


def blame(arrivals, breaks):
    """Find for each copy the break because of which it came, and write it down there.

    A message is repeated because of a break when its first copy was under way then:
    of all breaks that is the first after that copy came. The next try came later.

    :param arrivals: for each payer what came: a dict to lists of (time, Message-ID)
    :param breaks: list of `Break` in their order
    :return: the copies that no break explains: a list like `Break.repeated`
    """
    unexplained = []
    for came in arrivals.values():
        for (before, first), (again, second) in itertools.pairwise(sorted(came)):
            culprit = _first_after(before, breaks)
            explained = culprit and culprit.begun <= again
            (culprit.repeated if explained else unexplained).append(first == second)
    return unexplained


def _first_after(moment, breaks):
    return next((one for one in breaks if one.ended + _UNDER_WAY >= moment), None)


def table(columns):
    """The outcomes side by side, as text.

    :param columns: dict from the column's title to its `Outcome`
    """
    figures = [outcome.figures() for outcome in columns.values()]
    width = max(map(len, figures[0]))
    lines = [" " * width + "".join(f"  {title:>20}" for title in columns)]
    for words in figures[0]:
        values = [each[words] for each in figures]
        cells = ["-" if value is None else str(value) for value in values]
        lines.append(f"{words:<{width}}" + "".join(f"  {cell:>20}" for cell in cells))
    return "\n".join(lines)
