"""Payment messages by e-mail, while something is broken."""

from ..environment.clock import wait_until
from ..practice.bookings import drafts
from ..practice.rpc import RpcError
from .work import MAIL_SECONDS, Work


class Mails(Work):
    """Payment messages that are sent now, until every invoice is posted.

    :param colleagues: `Colleagues` who work on the same invoices
    :param seconds: how long the SMTP server takes for each mail
    """

    def __init__(self, *args, colleagues=None, seconds=MAIL_SECONDS, **options):
        super().__init__(*args, **options)
        self.colleagues = colleagues
        self.seconds = seconds

    def begin(self):
        """Override: send all now, or let the colleagues do so."""
        self.moves = drafts(self.made.kari, self.messages, self.prefix)
        self.made.mail.delay = self.seconds
        if self.colleagues:
            self.colleagues.begin(self.moves)
        else:
            wait_until(self._send, what="a job to let go of them")

    def _send(self):
        try:
            return self.made.kari.send(*self.moves)
        except RpcError as error:
            if "Somebody else is working on this" not in str(error):
                raise

    def is_busy(self):
        """Override: colleagues are at work, or an invoice waits."""
        return bool(self.colleagues and self.colleagues.are_busy()) or super().is_busy()

    def finish(self):
        """Override: and nobody is in the way."""
        super().finish()
        if self.colleagues:
            self.colleagues.go_home()

    def who_should_hear(self):
        """Override: whose appointments the colleagues did not cancel."""
        if not self.colleagues:
            return super().who_should_hear()
        return self.colleagues.who_should_hear(self.moves).values()

    def read(self, outcome):
        """Override: also whether the numbers are whole, and the colleagues content."""
        super().read(outcome)
        outcome.gaps = self.count_gaps()
        if self.colleagues:
            outcome.wrong = self.colleagues.find_wrong(self.moves)
