"""What a mail server's answers say, where `smtplib` takes anything for an answer."""

import re
import smtplib
import socket

# With these its answer to the content of a mail ends.
FINAL_DOT = b"\r\n.\r\n"
# RFC 5321, 4.2: three digits, and words
_LINE = re.compile(rb"[2-5]\d\d(?:[ -].*)?\s*\Z", re.DOTALL)


class Garbled(Exception):
    """What came makes no sense as an answer; the cause says what came."""

    def __init__(self, cause):
        super().__init__()
        self.__cause__ = cause


class Watch:
    """What a connection has heard, and what not, while it sends a letter.

    :param smtp: `smtplib.SMTP` that is connected; or something with less, in tests
    :ivar was_handed_over: whether the content of a mail has been handed over. When no
        answer comes after that, it may have arrived
    """

    def __init__(self, smtp=None):
        self._smtp = smtp
        self._reply = getattr(smtp, "getreply", None)
        self._send = getattr(smtp, "send", None)
        if self._reply:
            smtp.getreply = self._replying
        if self._send:
            smtp.send = self._sending
        self.begin()

    def begin(self):
        """Forget what was before this letter."""
        self.was_handed_over = False
        self._garbled = []

    def _sending(self, data):
        self._send(data)
        if isinstance(data, bytes) and data.endswith(FINAL_DOT):
            self.was_handed_over = True

    def _replying(self):
        smtp = self._smtp
        if smtp.sock and not isinstance(smtp.file, _Lines):
            smtp.file = _Lines(smtp.file or smtp.sock.makefile("rb"))
        lines = smtp.file.lines
        lines.clear()
        answer = self._reply()
        if not all(map(_LINE.match, lines)) or len({line[:3] for line in lines}) > 1:
            self._garbled.append(answer)
        return answer

    def is_understood(self, error):
        """Return whether it is known what became of a letter that failed so.

        A mail server that closed the connection says that, too.
        """
        if isinstance(error, smtplib.SMTPServerDisconnected):
            return True
        if answers := _get_answers(error):
            return not is_garbled(error) and not any(
                answer in self._garbled for answer in answers
            )
        return not self.was_handed_over

    def has_more(self):
        """Return whether more came than answers to what was said.

        It would be taken for the answers to the next letter.
        """
        sock = getattr(self._smtp, "sock", None)
        file = getattr(self._smtp, "file", None)
        if not file or not isinstance(sock, socket.socket):
            return False
        timeout = sock.gettimeout()
        sock.settimeout(0)
        try:
            return bool(file.peek(1))
        except OSError:
            return False  # nothing, or it is broken: sending finds that out
        finally:
            sock.settimeout(timeout)


class _Lines:
    """The file that `smtplib` reads from, which keeps the lines of an answer."""

    def __init__(self, file):
        self._file = file
        self.lines = []

    def __getattr__(self, name):
        return getattr(self._file, name)

    def readline(self, size):
        line = self._file.readline(size)
        self.lines.append(line)
        return line


def is_garbled(error):
    """Return whether a mail server's answer is none: neither taken nor refused.

    :param error: exception of `smtplib`, or any other
    """
    # Words that are no bytes are those of `smtplib` itself, on a line that is too long.
    return isinstance(error, Garbled) or any(
        not (400 <= code < 600 and isinstance(words, bytes))
        for code, words in _get_answers(error)
    )


def get_code(error):
    """Return the number of a mail server's answer, or None."""
    return next((code for code, _words in _get_answers(error)), None)


def _get_answers(error):
    """Return what a mail server answered: list of pairs (number, words)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return list(error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return [(error.smtp_code, error.smtp_error)]
    return []
