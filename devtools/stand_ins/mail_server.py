"""A real SMTP server on loopback that keeps what it gets, and can misbehave."""

import email
import email.policy
import ssl
import tempfile
import threading
import time
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from ..environment.ports import LOOPBACK, free_port
from .certificate import issue
from .smtp import Conversation, Handler


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


class MailServer:
    """An SMTP server; a context manager: entering starts it, leaving stops it.

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

    def __init__(self, port=None, tls=False):
        self.host = LOOPBACK
        self.port = port or free_port()
        self.behave()
        self._tls = _certificate(self.host) if tls else None
        self._mails = []
        self._open = set()
        self._most_open = 0
        self._arrived = threading.Condition()
        self._controller = None

    def behave(self):
        """Forget all misbehaviour."""
        self.refuse = set()
        self.defer = set()
        self.answers = {}
        self.users = {}
        self.limit = None
        self.latency = 0
        self.delay = 0
        self.stop_for = set()
        self.hang_for = set()
        self.drop = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_error):
        self.stop()

    def start(self):
        """Take connections, on the same port as before."""
        self._controller = _Controller(self)
        self._controller.start()

    def stop(self):
        """Refuse connections, as a server that is down; nothing if it is already."""
        if self._controller:
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

    # === CONNECTIONS === #

    @property
    def connections(self):
        """How many connections are open now; refused ones do not count."""
        with self._arrived:
            return len(self._open)

    @property
    def most_connections(self):
        """How many were open at once at most, since `count_anew`."""
        with self._arrived:
            return self._most_open

    def count_anew(self):
        """Forget how many connections were open at once."""
        with self._arrived:
            self._most_open = len(self._open)

    # === WHAT THE CONVERSATIONS CALL === #

    def opened(self, conversation):
        """Count a connection; returns False if it is one too many."""
        with self._arrived:
            if self.limit is not None and len(self._open) >= self.limit:
                return False
            self._open.add(conversation)
            self._most_open = max(self._most_open, len(self._open))
            return True

    def closed(self, conversation):
        """Count a connection no more."""
        with self._arrived:
            self._open.discard(conversation)

    def take(self, envelope):
        """Keep a message; returns the `Mail`."""
        message = email.message_from_bytes(
            envelope.content, policy=email.policy.default
        )
        mail = Mail(message, envelope.mail_from, list(envelope.rcpt_tos))
        with self._arrived:
            self._mails.append(mail)
            self._arrived.notify_all()
        return mail


class _Controller(Controller):
    def __init__(self, server):
        self._server = server
        super().__init__(Handler(server), hostname=server.host, port=server.port)

    def factory(self):
        """Override: each connection's `Conversation`."""
        return Conversation(self._server, self.handler, self._server._tls)


def _certificate(host):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        _trusted, own = issue(host, folder)
        context.load_cert_chain(own)
    return context
