"""One connection to a mail server, and the thread that waits for its answers."""

import queue
import smtplib
import socket
import threading
import time

from .mail_answer import Garbled, Watch

# One that is not connected after so long is not waited for.
SLOW = 5.0  # seconds


class Unreachable(Exception):
    """There is no connection to the mail server; the cause says why."""


class Connection:
    """A connection with a thread of its own: it sends one letter after the other."""

    def __init__(self, route):
        self.letter = None
        self.begun = 0.0
        self._route = route
        self._smtp = None
        self._watch = Watch()
        self._is_over = False
        self._inbox = queue.SimpleQueue()
        self._thread = None

    def give(self, letter):
        """Send a letter; its outcome comes to the `Post`."""
        self.letter = letter
        self.begun = time.monotonic()
        if self._route.post.alone:
            self._send(letter)
            return
        if not self._thread:
            # A daemon: a server that stops does not wait for a mail server.
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()
        self._inbox.put(letter)

    def is_slow(self):
        """Return whether it is being made, and has been for long."""
        return bool(
            self.letter and not self._smtp and time.monotonic() > self.begun + SLOW
        )

    def abort(self):
        """Break the connection, so that its thread gets on; nothing more goes by it."""
        self._is_over = True
        if not self._smtp:
            # it waits for a connection, and who knows for how long
            self._route.post.deliver(self, Unreachable(), False)
            return
        sock = self._smtp.sock
        if sock:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it is broken already

    def is_over(self):
        """Return whether it has ended, with nothing left to say."""
        return self._is_over and not self.letter

    def close(self):
        """End it: in peace, or at once where something is under way."""
        if self.letter:
            self.abort()
        if self._thread:
            self._inbox.put(None)
        else:
            self._quit()

    def _work(self):
        while letter := self._inbox.get():
            self._send(letter)
        self._quit()

    def _send(self, letter):
        is_old = bool(self._smtp)
        try:
            error = self._try(letter)
            if (
                is_old
                and isinstance(error, smtplib.SMTPServerDisconnected)
                and not (self._watch.was_handed_over or self._is_over)
            ):
                # It had ended while there was nothing to do.
                error = self._try(letter)
        except Exception as unexpected:  # whatever it is, somebody waits for an answer
            error = unexpected
        self._route.post.deliver(self, error, self._watch.was_handed_over)

    def _try(self, letter):
        """Return the exception at which sending a letter failed, or None."""
        self._watch.begin()
        if self._smtp and self._watch.has_more():
            self._let_go()
        try:
            if not self._smtp:
                self._smtp = self._route.connect()
                self._watch = Watch(self._smtp)
                self._route.was_reached = True
            if self._is_over:
                raise TimeoutError
        except Exception as cause:
            error = Unreachable()
            error.__cause__ = cause
            return error
        try:
            for sheet in letter.desk.sheets:
                self._smtp.send_message(*sheet)
            return None
        except Exception as error:
            if self._watch.is_understood(error):
                self._begin_anew()
                return error
            self._let_go()
            return Garbled(error)

    def _begin_anew(self):
        """Make the connection ready for the next letter, or let go of it."""
        try:
            # `smtplib` leaves this out where the command DATA is refused
            code, _words = self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            code = None
        if code != 250:
            self._let_go()

    def _let_go(self):
        self._smtp.close()
        self._smtp = None

    def _quit(self):
        if self._smtp:
            try:
                self._smtp.quit()
            except (OSError, smtplib.SMTPException):
                self._smtp.close()
        self._smtp = None
