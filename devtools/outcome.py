"""What became of messages after kills and outages."""

import re


class Outcome:
    """What became of the messages.

    :ivar messages: how many payers should have one
    :ivar kills: how often something was killed
    :ivar lost: how many payers have no message
    :ivar repeated: how many messages came more than once
    :ivar other_ids: how many of these came with another Message-ID
    :ivar gaps: how many invoice numbers are missing or double; None: no invoices
    :ivar unfinished: how many messages or invoices were left in between
    :ivar wrong: what else is not as it should be, in words
    """

    def __init__(self, messages, kills):
        self.messages = messages
        self.kills = kills
        self.lost = self.repeated = self.other_ids = 0
        self.gaps = None
        self.unfinished = 0
        self.wrong = []

    def read_mails(self, ids_of_each):
        """Count what arrived.

        :param ids_of_each: for each payer the Message-IDs that arrived
        """
        self.lost = sum(not ids for ids in ids_of_each)
        self.repeated = sum(len(ids) - 1 for ids in ids_of_each if ids)
        self.other_ids = sum(len(set(ids)) > 1 for ids in ids_of_each)

    def held(self):
        """Whether everybody has one message, repeated once for each kill at most."""
        return (
            not (self.lost or self.gaps or self.unfinished or self.other_ids)
            and not self.wrong
            and self.repeated <= self.kills
        )


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
        "kills": "kills",
        "repeated": "repeated messages",
        "lost": "lost messages",
        "other_ids": "with other Message-IDs",
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
