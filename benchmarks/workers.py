"""The databases of ./dev bench, and the processes with Odoo that work in them."""

import contextlib
import json
import subprocess
import sys

from devtools.database.installed import test_database
from devtools.environment import odoo
from devtools.environment.problem import Problem
from devtools.environment.processes import tied
from devtools.environment.settings import ROOT, cache_folder

from .safe_cluster import safe_cluster


class Worker:
    """A process with Odoo's registry of one database, asked over pipes.

    :param name: the comparison's name
    :param database: the database's name
    :param options: Odoo's command line options
    """

    def __init__(self, name, database, options):
        self.log = cache_folder() / "logs" / f"bench-{name}.log"
        self.log.parent.mkdir(exist_ok=True)
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                tied([sys.executable, "-m", "benchmarks.worker", name, database])
                + options,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
                env=odoo.environment(),
            )

    def ask(self, **request):
        """Ask for something; returns the answer.

        :raise Problem: when it failed, with the traceback
        """
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline() or "{}")
        except BrokenPipeError:
            answer = {}
        if "result" not in answer:
            said = answer.get("error") or odoo.essence(self.log.read_text())
            raise Problem(f"The run {request} failed; see {self.log}:\n{said}")
        return answer["result"]

    def close(self):
        """Let the process end."""
        self._process.stdin.close()
        self._process.wait()


@contextlib.contextmanager
def workers(chosen, mail):
    """A `Worker` for each database of the comparison, made anew: a dict.

    :param chosen: the `Comparison`
    :param mail: the `MailServer` that they send through
    """
    with contextlib.ExitStack() as stack:
        names = {
            key: stack.enter_context(made_database(kind))
            for key, kind in chosen.databases.items()
        }
        if chosen.durable:
            stack.enter_context(safe_cluster(names.values()))
        yield {
            key: stack.enter_context(worker(chosen.name, name, mail))
            for key, name in names.items()
        }


@contextlib.contextmanager
def worker(name, database, mail):
    """A `Worker` for a database that is there.

    :param name: of the file in benchmarks/
    :param mail: the `MailServer` that it sends through
    """
    options = ["--smtp", mail.host, "--smtp-port", str(mail.port)]
    options += ["--max-cron-threads=0", "--no-http", "--log-level=warn"]
    asked = Worker(name, database, options)
    try:
        yield asked
    finally:
        asked.close()


@contextlib.contextmanager
def made_database(kind):
    """A database of one of the kinds of `Comparison.databases`; its name."""
    base, _plus, modules = kind.partition("+")
    addon = base == "addon"
    with test_database("bench", addon=addon, modules=modules) as name:
        yield name
