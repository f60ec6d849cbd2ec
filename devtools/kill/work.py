"""What the practice does while something is broken, and what must have become of it."""

import random
import re

from ..database import catalog
from ..practice.jobs import run_cron

# The SMTP server takes this long to answer each mail, so that a kill meets one.
MAIL_SECONDS = 0.05
# In English, Norwegian or Danish, and Swedish: each client has a language.
PAYMENT_SUBJECTS = ("Payment for", "Betaling for", "Betalning för")

_OPEN = """
    SELECT id FROM account_move
     WHERE id = ANY(%s) AND state <> 'cancel'
       AND (state, payment_message_state) IS DISTINCT FROM ('posted', 'delivered')
"""
_UNFINISHED = """
    SELECT DISTINCT message.id
      FROM konfidens_payment_message message
      JOIN konfidens_payment_message_line line ON line.message_id = message.id
     WHERE line.move_id = ANY(%s) AND message.state NOT IN ('delivered', 'cancelled')
"""
_NUMBERS = "SELECT name FROM account_move WHERE state = 'posted'"


class Work:
    """Messages for many invoices, which leave by mail.

    :param made: the `Practice`
    :param messages: how many
    :param prefix: how the payers' addresses begin
    :param seed: of what happens at random meanwhile
    :ivar moves: the invoices: a dict to their payers' addresses
    :ivar other_breaks: list of `Break`, of what is broken meanwhile by others
    :cvar jobs: the jobs that do it: their XML ids without module and `ir_cron_`
    :cvar subjects: how the mails' subjects begin
    """

    jobs = ("send_due", "complete_delivered")
    subjects = PAYMENT_SUBJECTS

    def __init__(self, made, messages, prefix, seed=1):
        self.made = made
        self.messages = messages
        self.prefix = prefix
        self.moments = random.Random(seed)
        self.moves = {}
        self.other_breaks = []

    def begin(self):
        """Let it begin."""
        raise NotImplementedError

    def addresses(self):
        """Those of the payers."""
        return self.moves.values()

    def who_should_hear(self):
        """The addresses of those who must have a message in the end."""
        return self.addresses()

    def count(self):
        """How much of it is done, a number that grows: the mails that came."""
        addresses = set(self.addresses())
        mails = self.made.mail.mails
        return sum(not addresses.isdisjoint(mail.recipients) for mail in mails)

    def is_busy(self):
        """Whether there is something to do that a break could interrupt."""
        return not self.is_settled()

    def look_while_broken(self, broken):
        """Look what a break left, before anything is mended.

        :param broken: the `Break`
        """

    def finish(self):
        """Let the rest come to its end, with nothing in the way any more."""
        self.made.mail.delay = 0

    def run_jobs(self):
        """Run the jobs that do it now, instead of at their next time."""
        for name in self.jobs:
            run_cron(self.made, name)

    def is_settled(self):
        """Whether nothing is left in between: all is posted and told, or cancelled."""
        return self.are_posted(self.moves)

    def read(self, outcome):
        """Write down what became of it: who heard what, and how often.

        :param outcome: the `Outcome`
        """
        outcome.messages = self.messages
        outcome.read_mails(self.arrivals(self.who_should_hear()))
        outcome.unfinished = len(self.select(_UNFINISHED, self.moves))

    # === WHAT THE PRACTICE HAS === #

    def select(self, statement, *lists):
        """Run a statement with these lists of values; returns its rows."""
        values = [list(values) for values in lists]
        return catalog.execute_in(self.made.database, statement, values)

    def are_posted(self, moves):
        """Whether all of these invoices are posted and told, or cancelled."""
        return not self.select(_OPEN, moves)

    def arrivals(self, addresses):
        """The messages that came to each: a dict to lists of (time, Message-ID)."""
        arrivals = {address: [] for address in addresses}
        for mail in self.made.mail.mails:
            if mail.message["subject"].startswith(self.subjects):
                for address in arrivals.keys() & set(mail.recipients):
                    arrivals[address].append((mail.time, mail.message["message-id"]))
        return arrivals

    def count_gaps(self):
        """How many numbers of the posted invoices are missing or double."""
        series = {}  # credit notes have numbers of their own
        for (name,) in self.select(_NUMBERS):
            prefix, number = re.fullmatch(r"(.*?)(\d+)", name).groups()
            series.setdefault(prefix, []).append(int(number))
        return sum(
            len(set(range(1, max(numbers) + 1)) - set(numbers))
            + len(numbers)
            - len(set(numbers))
            for numbers in series.values()
        )
