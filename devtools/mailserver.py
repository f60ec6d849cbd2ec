"""A real SMTP server on loopback that keeps what it gets, and can misbehave."""

import asyncio
import email
import email.policy
import threading
import time
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from .ports import LOOPBACK, free_port


@dataclass
class Mail:
    """A message as it arrived.

    :ivar message: the parsed message
    :ivar sender: the envelope's sender
    :ivar recipients: the envelope's recipients
    :ivar time: when it arrived (`time.time()`)
    """

    message: EmailMessage
    sender: str
    recipients: list
    time: float = field(default_factory=time.time)

    def text(self):
        """The plain text, else the HTML, decoded; attachments left out."""
        body = self.message.get_body(("plain", "html"))
        return body.get_content() if body else ""

    def html(self):
        """The HTML part, decoded; empty without one."""
        body = self.message.get_body(("html",))
        return body.get_content() if body else ""


class MailServer:
    """An SMTP server; a context manager: entering starts it, leaving stops it.

    Its misbehaviour is set at any time, for the messages that come from then on:

    :ivar refuse: recipients refused for good (550): a set of addresses, or a function
        of the address
    :ivar defer: recipients refused for now (451): likewise
    :ivar delay: seconds it waits before it takes a message
    :ivar stop_for: recipients whose message waits before it is taken, for as long as
        they are named here: a set of addresses, or a function of the address
    :ivar drop: "before": the connection breaks before the message is taken; "after":
        it is taken, but the connection breaks before the client hears of it; None
    """

    def __init__(self, port=None):
        self.host = LOOPBACK
        self.port = port or free_port()
        self.refuse = set()
        self.defer = set()
        self.delay = 0
        self.stop_for = set()
        self.drop = None
        self._mails = []
        self._arrived = threading.Condition()
        self._controller = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_error):
        self.stop()

    def start(self):
        """Take connections, on the same port as before."""
        handler = _Handler(self)
        self._controller = Controller(handler, hostname=self.host, port=self.port)
        self._controller.start()

    def stop(self):
        """Refuse connections, as a server that is down; nothing if it is already."""
        if self._controller:
            self._controller.stop()
        self._controller = None

    def config(self):
        """What Odoo's configuration needs to send its mail here: a dict."""
        return {"smtp_server": self.host, "smtp_port": self.port}

    @property
    def mails(self):
        """The messages taken so far, in the order of arrival: a new list of `Mail`."""
        with self._arrived:
            return list(self._mails)

    def clear(self):
        """Forget the messages taken so far."""
        with self._arrived:
            self._mails.clear()

    def to(self, address):
        """The messages for this address: a list of `Mail`."""
        return [mail for mail in self.mails if address in mail.recipients]

    def wait_for(self, predicate=None, timeout=30):
        """Wait until a message is there.

        :param predicate: function of a `Mail`; default: any message
        :param timeout: seconds
        :return: the first `Mail` that it is true of, one that came earlier included
        :raise TimeoutError: when none comes in time, with what did come
        """
        predicate = predicate or (lambda mail: True)

        def find():
            return next(filter(predicate, self._mails), None)

        with self._arrived:
            found = self._arrived.wait_for(find, timeout)
            if found is None:
                subjects = [(m.recipients, m.message["subject"]) for m in self._mails]
                raise TimeoutError(f"No such mail within {timeout} s; came: {subjects}")
            return found

    def _take(self, mail):
        with self._arrived:
            self._mails.append(mail)
            self._arrived.notify_all()


class _Handler:
    """aiosmtpd's hooks; they run in the server's event loop."""

    def __init__(self, server):
        self.server = server

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if _matches(self.server.refuse, address):
            return "550 5.1.1 No such mailbox"
        if _matches(self.server.defer, address):
            return "451 4.2.1 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):
        if self.server.delay:
            await asyncio.sleep(self.server.delay)
        while any(_matches(self.server.stop_for, to) for to in envelope.rcpt_tos):
            await asyncio.sleep(0.01)
        drop = self.server.drop
        if drop != "before":
            message = email.message_from_bytes(
                envelope.content, policy=email.policy.default
            )
            self.server._take(
                Mail(message, envelope.mail_from, list(envelope.rcpt_tos))
            )
        if drop:
            server.transport.abort()
        return "250 OK"


def _matches(rule, address):
    return rule(address) if callable(rule) else address in rule
