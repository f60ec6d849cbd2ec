"""What the SMS providers of the tests have in common: `Twilio` and `Iap`.

An HTTP server on loopback that keeps what it gets, reports what became of it, and can
misbehave.
"""

import threading
import time
from dataclasses import dataclass, field

from .stand_in import StandIn
from .web_server import Dropped, WebServer

# What a provider answers that is out of order itself: status, headers, text.
BROKEN = (
    500,
    {"Content-Type": "text/html"},
    "<html><h1>500 Internal Server Error</h1></html>",
)


@dataclass(eq=False)
class Sms:
    """A message as the provider took it.

    :ivar sid: the provider's id of it
    :ivar number: whom it is for, as it was given
    :ivar text: what it says
    :ivar callback: where its reports go
    :ivar sender: the number or name it comes from; empty where the provider chooses
    :ivar time: when it was taken (`time.time()`)
    """

    sid: str
    number: str
    text: str
    callback: str
    sender: str = ""
    time: float = field(default_factory=time.time)

    def __str__(self):
        return self.number


class SmsProvider(StandIn):
    """An SMS provider.

    How it behaves is set at any time, for the messages that come from then on. Each
    of these is one value for all, a dict from the number to the value, or a function
    of the number:

    :ivar refuse: the provider's error with which a message is refused; None: taken
    :ivar broken: True: it answers 500 with a page of HTML, and takes nothing
    :ivar drop: "before": the connection breaks before the message is taken; "after":
        it is taken, but the connection breaks before the client hears of it; None
    :ivar latency: seconds before a request is looked at, as of a provider that is far
        away: one value for all
    :ivar delay: seconds between taking a message and the answer
    :ivar reports: what it reports by itself, in this order: the provider's words for
        the states; () for a message of which a test itself lets it report
    :ivar report_delay: seconds before each report
    """

    usual = {
        "refuse": None,
        "broken": False,
        "drop": None,
        "latency": 0,
        "delay": 0,
        "reports": (),
        "report_delay": 0,
    }
    _server = None

    @property
    def url(self):
        """The address on loopback."""
        return f"http://{self.host}:{self.port}"

    def start(self):
        """Take connections, on the same port as before; nothing if it does already."""
        if not self._server:
            self._server = WebServer(self.host, self.port, self._serve, self.tunnel)
            self._server.start()

    def stop(self):
        """Refuse connections, as a provider that is down; nothing if it is already."""
        server, self._server = self._server, None
        if server:
            server.stop()

    def to(self, number):
        """The messages for this number: a list of `Sms`."""
        return [sms for sms in self.taken if sms.number == number]

    def wait_for(self, number=None, timeout=30):
        """Override: wait for a message to this number; default: to anybody."""
        return super().wait_for(lambda sms: number in (None, sms.number), timeout)

    def take(self, messages):
        """Keep messages, report on them, and misbehave on the way as told.

        :param messages: list of `Sms` that came in one request
        :raise Dropped: when no answer is to be given
        """
        drops = {self.setting("drop", sms.number) for sms in messages}
        if "before" in drops:
            raise Dropped
        self.keep(messages)
        for sms in messages:
            if states := self.setting("reports", sms.number):
                threading.Thread(
                    target=self._report_in_turn, args=[sms, states], daemon=True
                ).start()
        time.sleep(
            max((self.setting("delay", sms.number) for sms in messages), default=0)
        )
        if "after" in drops:
            raise Dropped

    def _report_in_turn(self, sms, states):
        for state in states:
            time.sleep(self.report_delay)
            self.report(sms, state)

    def _serve(self, path, headers, body):
        request = object()
        self.opened(request)
        try:
            time.sleep(self.latency)
            return self.answer(path, headers, body)
        finally:
            self.closed(request)

    def report(self, sms, state):
        """Report what became of a message: once more, late, in any order.

        :param sms: the `Sms`
        :param state: the provider's word for it
        :return: the HTTP status that Odoo answered, None when it did not answer
        """
        raise NotImplementedError

    def answer(self, path, headers, body):
        """Answer a request.

        :param headers: the request's, by name
        :param body: bytes
        :return: status, headers (a dict), text
        :raise Dropped: when no answer is to be given
        """
        raise NotImplementedError

    def tunnel(self, target, connection):
        """Let a client through that asks for a tunnel (CONNECT), as a proxy does.

        :param target: "host:port"
        :param connection: the socket
        :return: the socket to go on with, None to refuse
        """
