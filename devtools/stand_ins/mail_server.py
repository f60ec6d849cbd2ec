"""A real SMTP server on loopback that keeps what it gets, and can misbehave."""

import asyncio
import email
import email.policy
import tempfile
import time
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from .certificate import issue
from .smtp import Conversation
from .stand_in import StandIn


@dataclass
class Mail:
    """A message as it arrived.

    :ivar message: the parsed message
    :ivar sender: the envelope's sender
    :ivar recipients: the envelope's recipients
    :ivar time: when its final dot came (`time.time()`)
    :ivar answered: when that was answered; None: not yet, or never
    """

    message: EmailMessage
    sender: str
    recipients: list
    time: float = field(default_factory=time.time)
    answered: float | None = None

    def text(self):
        """The plain text, else the HTML, decoded; attachments left out."""
        body = self.message.get_body(("plain", "html"))
        return body.get_content() if body else ""

    def html(self):
        """The HTML part, decoded; empty without one."""
        body = self.message.get_body(("html",))
        return body.get_content() if body else ""

    def __str__(self):
        return f"{self.message['subject']} to {', '.join(self.recipients)}"


class MailServer(StandIn):
    """An SMTP server.

    A message counts as received at its final dot, as with a real server: whatever
    becomes of the answer, and of who waits for it. Any number of clients may talk to
    it at once.

    Its misbehaviour is set at any time, for what comes from then on. Where addresses
    are named: a set of them, or a function of the address.

    :ivar refuse: recipients refused for good (550): addresses
    :ivar defer: recipients refused for now (451): addresses
    :ivar answers: what it answers instead of taking a step: a dict from the step to
        the answer, or a function of step and address, None: as usual. The steps are
        "connect", "AUTH", "MAIL" (with the sender), "RCPT", "DATA" and "." (after the
        content, which it has not taken then). After 421 it closes the connection
    :ivar users: who has to log in: a dict from the name to the password; empty: nobody
    :ivar limit: so many connections at once, any further is refused (421); None: any
    :ivar latency: seconds before each answer, as of a server that is far away
    :ivar delay: seconds between a message's final dot and the answer
    :ivar stop_for: recipients whose message waits for its answer, for as long as they
        are named here: addresses
    :ivar hang_for: recipients whose message is never taken nor refused: after DATA
        there is no answer at all: addresses
    :ivar drop: "before": the connection breaks before the message is taken; "after":
        it is taken, but the connection breaks before the client hears of it; None; or
        a dict or function from the address to one of these

    :param tls: whether it offers STARTTLS, with a certificate that nobody trusts
    """

    usual = {
        "refuse": set(),
        "defer": set(),
        "answers": {},
        "users": {},
        "limit": None,
        "latency": 0,
        "delay": 0,
        "stop_for": set(),
        "hang_for": set(),
        "drop": None,
    }
    _controller = None

    def __init__(self, port=None, tls=False):
        super().__init__(port)
        self.transports = set()
        self.tls = None
        if tls:
            with tempfile.TemporaryDirectory() as folder:
                self.tls, _file = issue(self.host, folder)

    def start(self):
        """Take connections, on the same port as before."""
        self._controller = _Controller(self, hostname=self.host, port=self.port)
        self._controller.start()

    def stop(self):
        """Refuse connections, as a server that is down; nothing if it is already."""
        if self._controller:
            self._controller.hang_up()
            self._controller.stop()
        self._controller = None
        with self._arrived:
            self._open.clear()

    def config(self):
        """What Odoo's configuration needs to send its mail here: a dict."""
        return {"smtp_server": self.host, "smtp_port": self.port}

    @property
    def mails(self):
        """The messages taken so far, in the order of arrival: a new list of `Mail`."""
        return self.taken

    def to(self, address):
        """The messages for this address: a list of `Mail`."""
        return [mail for mail in self.mails if address in mail.recipients]

    # === WHAT THE CONVERSATIONS CALL === #

    def answer_to(self, step, address):
        """What it answers at a step instead of the usual; None: the usual."""
        if callable(self.answers):
            return self.answers(step, address)
        return self.answers.get(step)

    def take(self, envelope):
        """Keep a message; returns the `Mail`."""
        message = email.message_from_bytes(
            envelope.content, policy=email.policy.default
        )
        mail = Mail(message, envelope.mail_from, list(envelope.rcpt_tos))
        self.keep([mail])
        return mail


class _Controller(Controller):
    def hang_up(self):
        """Let no client wait for an answer that nobody gives any more."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result()

    async def _hang_up(self):
        # asyncio forgets to close whom it has let in when its server is closed
        for one in self.server.sockets:
            self.loop.remove_reader(one.fileno())
        await asyncio.sleep(0.01)  # until those are there who came in just before
        for transport in list(self.handler.transports):
            transport.abort()
        await asyncio.sleep(0.01)  # until they are closed

    def factory(self):
        """Override: each connection's `Conversation`."""
        return Conversation(self.handler)
