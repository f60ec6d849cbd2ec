"""A real Odoo server in processes of its own, for the demo and the system tests."""

import configparser
import contextlib
import os
import signal
import time
import urllib.error
import urllib.request

import psutil

from ..environment import odoo
from ..environment.ports import LOOPBACK, check_port, free_port
from ..environment.problem import Problem
from ..environment.settings import cache_folder
from . import loaded

# So long it may take to start.
_SECONDS = 90


class OdooServer:
    """An Odoo server on one database; a context manager.

    Entering starts it and waits until it answers HTTP; leaving stops it.

    :param database: the database's name
    :param port: loopback port for HTTP; default: a free one
    :param workers: 0 = one process with threads, N = a process for each worker (then
        without live updates in the browser: those want a proxy before Odoo)
    :param cron_threads: how many crons run at once
    :param config: more of Odoo's configuration, e.g. {"smtp_server": "127.0.0.1",
        "smtp_port": 2525, "email_from": "clinic@example.com"}
    :param arguments: more command line arguments, e.g. ["--dev=all"]
    :param environment: more environment variables
    """

    def __init__(
        self,
        database,
        port=None,
        workers=0,
        cron_threads=1,
        config=None,
        arguments=(),
        environment=None,
    ):
        self.database = database
        self.port = port or free_port()
        self.workers = workers
        self.cron_threads = cron_threads
        self.config = dict(config or {})
        self.arguments = list(arguments)
        self.environment = dict(environment or {})
        logs = cache_folder() / "logs"
        logs.mkdir(exist_ok=True)
        self.log = logs / f"{database}-{self.port}.log"
        self._config_file = logs / f"{database}-{self.port}.conf"
        self._process = None

    @property
    def url(self):
        """The address, e.g. "http://127.0.0.1:40123"."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def pid(self):
        """The main process's id, None when it does not run."""
        return self._process.pid if self.is_running() else None

    def is_running(self):
        """Whether the main process lives."""
        return self._process is not None and self._process.is_alive()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_error):
        self.stop()

    def start(self):
        """Start the server and wait until it answers.

        :raise Problem: when its port is taken, it dies, or does not answer in time;
            with the end of its log
        """
        if self.is_running():
            return
        check_port(self.port)
        self._write_config()
        command = odoo.command("server", "-d", self.database, *self.arguments)
        environment = {**odoo.environment(), "ODOO_RC": str(self._config_file)}
        self._process = loaded.start(command, environment | self.environment, self.log)
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.kill()
            raise

    def _write_config(self):
        settings = {
            "http_port": self.port,
            # The long-polling port of servers that run at once must differ.
            "gevent_port": free_port() if self.workers else self.port,
            "workers": self.workers,
            "max_cron_threads": self.cron_threads,
            "dbfilter": f"^{self.database}$",
            # Odoo's mail goes nowhere unless somebody says where.
            "smtp_server": LOOPBACK,
            "smtp_port": 9,
            **self.config,
        }
        parser = configparser.RawConfigParser()
        parser.read(odoo.config_file())
        parser["options"].update({name: str(one) for name, one in settings.items()})
        with self._config_file.open("w") as file:
            parser.write(file)

    def _wait_until_it_answers(self):
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            if not self.is_running():
                raise self._problem(f"ended with {self._process.exitcode}")
            try:
                # It needs the whole registry, as /web/health does not, and no page.
                path = "/web/manifest.webmanifest"
                with urllib.request.urlopen(self.url + path, timeout=30):
                    return
            except urllib.error.HTTPError as error:
                raise self._problem(f"answers {error.code}") from error
            except OSError:
                time.sleep(0.05)
        raise self._problem(f"did not answer for {_SECONDS} s")

    def _problem(self, what):
        said = odoo.essence(self.log_tail(200))
        return Problem(f"Odoo's server {what}. Its log, {self.log}, ends with:\n{said}")

    def log_tail(self, lines=50):
        """The last lines of the log as one text."""
        try:
            with open(self.log, errors="replace") as file:
                return "".join(file.readlines()[-lines:])
        except OSError:
            return ""

    def kill(self):
        """End the server and its workers at once (SIGKILL), as a power cut would."""
        if self._process is None:
            return
        group = self._process.pid
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        self._process.join()
        # Its workers die in their own time, and hold the port until they have.
        end = time.monotonic() + 10
        while _lives(group) and time.monotonic() < end:
            time.sleep(0.01)

    def stop(self):
        """End the server gently (SIGTERM); after 20 seconds, with a kill."""
        if self.is_running():
            self._process.terminate()
            self._process.join(20)
        # Whoever is left of its workers goes with it.
        self.kill()

    def restart(self):
        """Stop it if it runs, and start it again on the same port."""
        self.stop()
        self.start()


def _lives(group):
    """Whether any process of this group does more than wait to be collected."""
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, psutil.Error):
            zombie = process.status() == psutil.STATUS_ZOMBIE
            if os.getpgid(process.pid) == group and not zombie:
                return True
    return False
