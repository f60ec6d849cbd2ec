"""Progress on standard error: what is done, how far it is, how long it took."""

import sys
import time

# Where nobody watches a terminal a line now and then shows that it is alive.
_QUIET_INTERVAL = 20


def say(text):
    """Print one line of progress."""
    print(text, file=sys.stderr, flush=True)


class Step:
    """Show `title` while the block runs, then its duration.

    :ivar note: how far it is
    """

    def __init__(self, title):
        self.title = title
        self.note = ""
        self.started = time.monotonic()
        self._shown = self.started
        self._live = sys.stderr.isatty()
        self._print(f"{title} …")

    @property
    def seconds(self):
        return time.monotonic() - self.started

    def _print(self, text, end=False):
        if self._live:
            sys.stderr.write(f"\r\033[K{text}" + ("\n" if end else ""))
            sys.stderr.flush()
        else:
            say(text)

    def update(self, note):
        """Say how far it is, as often as you like; it is shown when useful."""
        self.note = note
        now = time.monotonic()
        if now - self._shown >= (0.2 if self._live else _QUIET_INTERVAL):
            self._shown = now
            self._print(f"{self.title} … {note} ({self.seconds:.0f} s)")

    def __enter__(self):
        return self

    def __exit__(self, error, *_details):
        note = f" {self.note}" if self.note else ""
        how = "failed" if error else "done"
        self._print(f"{self.title} …{note} {how} ({self.seconds:.1f} s)", end=True)
