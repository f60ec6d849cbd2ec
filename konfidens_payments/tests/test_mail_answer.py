import smtplib
import socket
import threading
import time
from contextlib import suppress
from email.message import EmailMessage
from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ..models.sending import connection as connections
from ..models.sending import post as posts

# What is no answer, at any step.
SENSELESS = [
    b"\r\n",
    b"garbage here\r\n",
    b"55\r\n",
    b"+55 No\r\n",
    b"-550 No\r\n",
    b"5500 bytes taken\r\n",
    b"550_No\r\n",
    b"999 What\r\n",
    b"100 Go on\r\n",
    b"600 What\r\n",
    b"220 Hello\r\n",
    b"250-Taken\r\n550 No\r\n",
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"550 " + b"x" * 20_000 + b"\r\n",
    b"250 " + b"x" * 20_000 + b"\r\n",
]
USUAL = {
    "connect": b"220 Hello\r\n",
    "EHLO": b"250 8BITMIME\r\n",
    "MAIL": b"250 OK\r\n",
    "RCPT": b"250 OK\r\n",
    "DATA": b"354 Go on\r\n",
    ".": b"250 Taken\r\n",
    "RSET": b"250 OK\r\n",
    "QUIT": b"221 Bye\r\n",
}


class Server:
    """A mail server that answers whatever a test wants.

    :ivar answers: bytes by step, each said once instead of the usual
    :ivar taken: how many mails it has
    :ivar connections: how many there were
    """

    def __init__(self):
        self.answers = {}
        self.taken = self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads = []
        self._start(self._serve)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        """Close it, and see that nothing of it goes on beside the tests after it."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive(), f"{thread.name} goes on"

    def _start(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def connect(self):
        smtp = smtplib.SMTP(*self._socket.getsockname(), "localhost", timeout=10)
        smtp.ehlo_or_helo_if_needed()
        return smtp

    def _serve(self):
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._talk, connection)

    def _talk(self, connection):
        def say(step):
            answer = self.answers.pop(step, USUAL[step])
            connection.sendall(answer)
            return answer

        # that the client closes it is no error
        with suppress(OSError), connection, connection.makefile("rb") as file:
            say("connect")
            while line := file.readline():
                step = line[:4].decode().upper()
                if say(step)[:3] == b"354" and step == "DATA":
                    mail = iter(file.readline, b"")  # to the end, if it hangs up
                    if b".\r\n" in mail:
                        self.taken += 1
                        say(".")


def write_sheet():
    """Return a mail as `smtplib` sends it: message, sender and recipients."""
    message = EmailMessage()
    message["Subject"] = "Payment"
    message.set_content("Dear client")
    return message, "post@example.com", ["kari@example.com"]


@tagged("post_install", "-at_install")
class TestMailAnswer(BaseCase):
    """What becomes of a letter by what a mail server says, over a real connection."""

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(Server())
        self.post = self.enterContext(posts.Post(alone=True))

    def send(self, **answers):
        """Send a letter, which gets these answers.

        :return: its `Outcome`, or None where nothing goes any more
        """
        self.server.answers = {
            {"DOT": "."}.get(step, step): answer for step, answer in answers.items()
        }
        route = self.post.get_route("it", self.server.connect, 1)
        letter = posts.Letter(1, route, SimpleNamespace(sheets=[write_sheet()]))
        pairs, _left = self.post.match([letter])
        for connection, _letter in pairs:
            connection.give(letter)
        return next(iter(self.post.collect(0)), None)

    def assert_next_goes_anew(self):
        """Check that the next letter leaves, by a connection of its own."""
        before, taken = self.server.connections, self.server.taken
        self.assertEqual(self.send().verdict, posts.TAKEN)
        self.assertEqual(self.server.connections, before + 1)
        self.assertEqual(self.server.taken, taken + 1)

    def test_after_the_content_it_may_have_arrived(self):
        self.send()
        for answer in (*SENSELESS, b"354 Again\r\n", b"251 Sent on\r\n"):
            with self.subTest(answer=answer[:20]):
                outcome = self.send(DOT=answer)
                self.assertEqual(outcome.verdict, posts.UNCONFIRMED)
                self.assert_next_goes_anew()

    def test_before_the_content_it_has_not_left(self):
        self.send()
        for step in ("MAIL", "RCPT", "DATA"):
            for answer in (*SENSELESS, b"252 Maybe\r\n"):
                with self.subTest(step=step, answer=answer[:20]):
                    taken = self.server.taken
                    outcome = self.send(**{step: answer})
                    self.assertEqual(outcome.verdict, posts.GARBLED)
                    self.assertEqual(self.server.taken, taken)
                    self.assert_next_goes_anew()

    def test_refusals_are_understood_and_end_no_connection(self):
        self.send()
        for step in ("MAIL", "RCPT", "DATA", "DOT"):
            for answer in (
                b"550 No\r\n",
                b"550\r\n",
                b"451 Later\r\n",
                b"550-5.1.1 No\r\n550 5.1.1 such mailbox\r\n",
            ):
                with self.subTest(step=step, answer=answer):
                    outcome = self.send(**{step: answer})
                    self.assertEqual(outcome.verdict, posts.REFUSED)
                    self.assertEqual(posts.get_code(outcome.error), int(answer[:3]))
                    self.assertEqual(self.send().verdict, posts.TAKEN)
        self.assertEqual(self.server.connections, 1)

    def test_a_refusal_counts_whatever_comes_after_it(self):
        self.send()
        for answer in (*SENSELESS, b"503 What\r\n"):
            if len(answer) > 8192:
                continue  # `smtplib` forgets the refusal then
            with self.subTest(answer=answer[:20]):
                outcome = self.send(RCPT=b"550 No such mailbox\r\n", RSET=answer)
                self.assertEqual(outcome.verdict, posts.REFUSED)
                self.assertEqual(self.send().verdict, posts.TAKEN)

    def test_what_came_unasked_is_no_answer_to_the_next_letter(self):
        self.send()
        for more in (b"250 Taken\r\n", b"550 Spam\r\n", b"421 Bye\r\n", b"What\r\n"):
            for count in (1, 2, 5):
                with self.subTest(more=more, count=count):
                    outcome = self.send(DOT=b"250 Taken\r\n" + more * count)
                    self.assertEqual(outcome.verdict, posts.TAKEN)
                    self.assert_next_goes_anew()

    def test_what_came_unasked_in_the_middle_of_a_letter(self):
        """Its own answers are out of step: it has not left, and is no refusal."""
        self.send()
        for step in ("MAIL", "RCPT"):
            with self.subTest(step=step):
                outcome = self.send(**{step: b"250 OK\r\n250 OK\r\n"})
                self.assertEqual(outcome.verdict, posts.GARBLED)
                self.assert_next_goes_anew()

    def test_three_in_a_row_are_enough(self):
        self.send()
        for _number in range(posts.BROKEN):
            self.assertEqual(self.send(MAIL=b"What\r\n").verdict, posts.GARBLED)
        self.assertIsNone(self.send())
        self.assertEqual(self.server.taken, 1)


@tagged("post_install", "-at_install")
class TestConnectionThatDoesNotCome(BaseCase):
    """One that hangs while it is made: the mail server stopped just then."""

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(Server())
        self.post = self.enterContext(posts.Post())
        self.enterContext(patch.object(connections, "SLOW", 0.3))
        self.goes_on = threading.Event()
        self.addCleanup(self.goes_on.set)
        self.connects = []  # what the next ones do instead of connecting
        self.route = self.post.get_route("it", self.connect, 2)

    def connect(self):
        if self.connects:
            self.connects.pop(0)()
        return self.server.connect()

    def refuse(self):
        raise ConnectionRefusedError

    def give(self, *numbers):
        """Send letters as far as there are connections; returns how many were."""
        sheets = [write_sheet()]
        pairs, _left = self.post.match(
            [
                posts.Letter(number, self.route, SimpleNamespace(sheets=sheets))
                for number in numbers
            ]
        )
        for connection, letter in pairs:
            connection.give(letter)
        return len(pairs)

    def verdicts(self):
        return [outcome.verdict for outcome in self.post.collect(5)]

    def hang(self):
        """Let the second connection hang, and the first one be closed."""
        self.give(1)
        self.assertEqual(self.verdicts(), [posts.TAKEN])
        self.connects = [self.goes_on.wait]
        self.server.answers = {"MAIL": b"421 Shutting down\r\n"}
        self.assertEqual(self.give(2, 3), 2)
        self.assertEqual(self.verdicts(), [posts.AGAIN])
        self.assertEqual(self.give(2), 0)  # it may come yet
        time.sleep(0.4)

    def test_others_go_by_another(self):
        self.hang()
        self.assertEqual(self.give(2), 1)
        self.assertEqual(self.verdicts(), [posts.TAKEN])
        self.assertEqual(self.give(4), 1)
        self.assertEqual(self.verdicts(), [posts.TAKEN])
        self.goes_on.set()
        self.assertEqual(self.verdicts(), [posts.TAKEN])
        self.assertEqual(self.server.taken, 4)

    def test_where_no_other_comes_it_is_out_of_reach(self):
        self.hang()
        self.connects = [self.refuse]
        self.assertEqual(self.give(2), 1)
        self.assertEqual(self.verdicts(), [posts.REFUSED])
        self.assertTrue(self.route.closed)
        self.assertEqual(self.give(2), 0)
