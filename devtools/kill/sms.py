"""Payment messages by SMS, by both channels, or of several invoices at once."""

from collections import namedtuple

from .work import MAIL_SECONDS, Work

# The provider takes this long to answer each SMS, so that a kill meets one.
SMS_SECONDS = 0.1
# Its report comes so much later; one that meets a dead server is lost.
REPORT_SECONDS = 0.3
# What is known of a part in the end; None: its message failed before it had any.
_KNOWN = ("sent", "pending", "exception", "canceled", "bounce", None)

_PARTS = """
    SELECT line.move_id, message.id, message.state, message.channel,
           part.notification_type, part.notification_status, part.failure_type,
           part.sms_number
    FROM konfidens_payment_message_line line
    JOIN konfidens_payment_message message ON message.id = line.message_id
    LEFT JOIN mail_notification part
           ON part.konfidens_payment_message_id = message.id
    WHERE line.move_id = ANY(%s)
"""
_MARKED = """
    SELECT sms_number FROM mail_notification
    WHERE notification_status = 'process' AND sms_number = ANY(%s)
"""
_MOVES = "SELECT id, state FROM account_move WHERE id = ANY(%s)"
_ASKED = """
    SELECT res_id FROM mail_activity
    WHERE res_model = 'account.move' AND res_id = ANY(%s)
"""


# How one part of one invoice's message stands: its notification.
Part = namedtuple("Part", "move message state channel kind status failure number")


class SmsMessages(Work):
    """Payment messages of an `SmsPractice`, until each is delivered or a person asked.

    Each payer has a phone and an e-mail address.

    :param made: the `SmsPractice`
    :param channel: "sms", "both" or "email"
    :param each: how many invoices each payer has; more than one leave together
    :param trouble: some numbers are wrong, some answers of the provider are lost, and
        what fails goes by e-mail if it can
    """

    jobs = ("send_due", "send_sms", "complete_delivered")

    def __init__(self, *args, channel="sms", each=1, trouble=False, **options):
        super().__init__(*args, **options)
        self.channel = channel
        self.each = each
        self.trouble = trouble
        self.payers = {}  # address: (number, the invoices' ids)
        self.numbers, self.invoices = [], []  # of all of them
        self._seen = set()  # numbers of unknown fate
        self._lost = set()  # numbers whose answer the provider does not give

    # === WHAT HAPPENS === #

    def begin(self):
        """Override: send all now."""
        made, twilio = self.made, self.made.twilio
        self.payers = made.payers(self.messages, self.prefix, self.each)
        self.numbers = [number for number, _moves in self.payers.values()]
        self.invoices = sum((moves for _number, moves in self.payers.values()), [])
        made.choose(payments_together=self.each > 1, payments_failover=self.trouble)
        made.mail.delay = MAIL_SECONDS
        twilio.delay = SMS_SECONDS
        twilio.reports = ("sent", "delivered")
        twilio.report_delay = REPORT_SECONDS
        if self.trouble:
            addresses = list(self.payers)
            twilio.refuse = dict.fromkeys(self.numbers[::5], 21211)
            made.mail.refuse = set(addresses[::10])
            self._lost = set(self.numbers[1::5])
            twilio.drop = dict.fromkeys(self._lost, "after")
        made.kari.send(*self.invoices, channel=self.channel)

    def addresses(self):
        """Override."""
        return self.payers

    def count(self):
        """Override: the mails and SMS that came."""
        return len(self._taken()) + super().count()

    def is_busy(self):
        """Override: something is to be handed over, or to leave."""
        return any(
            part.state == "scheduled" or part.status == "ready"
            for part in self._parts()
        )

    def look_while_broken(self, broken):
        """Override: of which SMS nobody knows now whether they left."""
        marked = {number for (number,) in self.select(_MARKED, self.numbers)}
        broken.unknown = marked - self._seen - self._lost
        self._seen |= marked

    def finish(self):
        """Override: all works again."""
        super().finish()
        self.made.twilio.delay = self.made.twilio.report_delay = 0

    def run_jobs(self):
        """Override: after an hour, and after the limit for what nobody confirms.

        The reports that met a dead server are lost for ever.
        """
        super().run_jobs()
        if self.is_busy():
            return
        self.select("UPDATE sms_sms SET write_date = write_date - interval '1 hour'")
        super().run_jobs()
        self.select(
            "UPDATE konfidens_payment_message SET give_up_date = sent_date"
            " WHERE state = 'sent' AND id IN (SELECT message_id FROM"
            " konfidens_payment_message_line WHERE move_id = ANY(%s))",
            self.invoices,
        )
        super().run_jobs()

    def is_settled(self):
        """Override: each is posted, or somebody was asked, and nothing is under way."""
        parts, asked = self._parts(), self._asked()
        return not self._untold(parts, asked) and (
            all(state == "posted" or move in asked for move, state in self._states())
            and all(part.status in _KNOWN for part in parts)
            and all(part.state not in ("scheduled", "sent") for part in parts)
        )

    # === WHAT BECAME OF IT === #

    def read(self, outcome):
        """Override: who got what, how often, and who knows of it."""
        parts, asked = self._parts(), self._asked()
        outcome.messages = self.messages
        outcome.read_mails(self.arrivals(self.payers))
        taken = [sms.number for sms in self._taken()]
        outcome.repeated_sms = len(taken) - len(set(taken))
        posted = {move for move, state in self._states() if state == "posted"}
        outcome.lost = sum(
            number not in taken
            and not self.made.mail.to(address)
            and not asked.issuperset(moves)
            for address, (number, moves) in self.payers.items()
        )
        outcome.unfinished = sum(
            part.state in ("scheduled", "sent") or part.status not in _KNOWN
            for part in parts
        ) + len(set(self.invoices) - posted - asked)
        outcome.gaps = self.count_gaps()
        outcome.untold = len(self._untold(parts, asked))
        outcome.wrong = [*self._wrong(parts, posted)]

    def _untold(self, parts, asked):
        """The invoices with an SMS of unknown fate, that nobody was asked about.

        Where what fails goes by the other channel, that is known to have arrived.
        """
        unknown = {
            part.move
            for part in parts
            if part.kind == "sms" and part.failure == "sms_unconfirmed"
        }
        by_mail = {
            part.move
            for part in parts
            if self.trouble and part.channel == "email" and part.state == "delivered"
        }
        return unknown - asked - by_mail

    def _wrong(self, parts, posted):
        for part in parts:
            if part.state == "delivered" and part.move not in posted:
                yield f"invoice {part.move} is delivered, and a draft"
        for number, moves in self.payers.values():
            theirs = [part for part in parts if part.move in moves]
            for kind in ("email", "sms"):
                told = {part.message for part in theirs if part.kind == kind}
                if len(told) > 1:
                    yield f"{number} was told {len(told)} times by {kind}"

    # === HELPERS === #

    def _taken(self):
        numbers = set(self.numbers)
        return [sms for sms in self.made.twilio.taken if sms.number in numbers]

    def _parts(self):
        return [Part(*row) for row in self.select(_PARTS, self.invoices)]

    def _states(self):
        return self.select(_MOVES, self.invoices)

    def _asked(self):
        return {move for (move,) in self.select(_ASKED, self.invoices)}
