"""What the SMS providers of the tests have in common: `Twilio` and `Iap`.

An HTTP server on loopback that keeps what it gets, reports what became of it, and can
misbehave.
"""

import threading
import time
from dataclasses import dataclass, field

from ..environment.ports import LOOPBACK, free_port
from .web_server import Dropped, WebServer

# What a provider answers that is out of order itself: status, content type, text.
BROKEN = (500, "text/html", "<html><h1>500 Internal Server Error</h1></html>")


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


class SmsProvider:
    """An SMS provider; a context manager: entering starts it, leaving stops it.

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

    reports = ()

    def __init__(self, port=None):
        self.host = LOOPBACK
        self.port = port or free_port()
        self.behave()
        self._taken = []
        self._requests = 0
        self._most_requests = 0
        self._arrived = threading.Condition()
        self._server = None

    def behave(self):
        """Forget all misbehaviour."""
        self.refuse = None
        self.broken = False
        self.drop = None
        self.latency = 0
        self.delay = 0
        self.reports = type(self).reports
        self.report_delay = 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_error):
        self.stop()

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

    @property
    def taken(self):
        """The messages taken so far, in the order of arrival: a new list of `Sms`."""
        with self._arrived:
            return list(self._taken)

    def clear(self):
        """Forget the messages taken so far."""
        with self._arrived:
            self._taken.clear()

    def to(self, number):
        """The messages for this number: a list of `Sms`."""
        return [sms for sms in self.taken if sms.number == number]

    def wait_for(self, number=None, timeout=30):
        """Wait until a message is there.

        :param number: whom it is for; default: anybody
        :param timeout: seconds
        :return: the first such `Sms`, one that came earlier included
        :raise TimeoutError: when none comes in time, with what did come
        """

        def find():
            return next(
                (sms for sms in self._taken if number in (None, sms.number)), None
            )

        with self._arrived:
            found = self._arrived.wait_for(find, timeout)
            if found is None:
                numbers = [sms.number for sms in self._taken]
                raise TimeoutError(f"No such SMS within {timeout} s; came: {numbers}")
            return found

    def setting(self, name, number):
        """What one of the settings above says for this number."""
        value = getattr(self, name)
        if callable(value):
            return value(number)
        return value.get(number) if isinstance(value, dict) else value

    def take(self, messages):
        """Keep messages, report on them, and misbehave on the way as told.

        :param messages: list of `Sms` that came in one request
        :raise Dropped: when no answer is to be given
        """
        drops = {self.setting("drop", sms.number) for sms in messages}
        if "before" in drops:
            raise Dropped
        with self._arrived:
            self._taken.extend(messages)
            self._arrived.notify_all()
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

    @property
    def most_requests(self):
        """How many requests it had to answer at once at most, since `count_anew`."""
        with self._arrived:
            return self._most_requests

    def count_anew(self):
        """Forget how many requests there were at once."""
        with self._arrived:
            self._most_requests = self._requests

    def _serve(self, path, headers, body):
        with self._arrived:
            self._requests += 1
            self._most_requests = max(self._most_requests, self._requests)
        try:
            time.sleep(self.latency)
            return self.answer(path, headers, body)
        finally:
            with self._arrived:
                self._requests -= 1

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
        :return: status, content type, text
        :raise Dropped: when no answer is to be given
        """
        raise NotImplementedError

    def tunnel(self, target, connection):
        """Let a client through that asks for a tunnel (CONNECT), as a proxy does.

        :param target: "host:port"
        :param connection: the socket
        :return: the socket to go on with, None to refuse
        """
