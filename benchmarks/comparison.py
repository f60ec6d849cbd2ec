"""What a comparison is: two ways to the same end, measured in turn."""

from dataclasses import dataclass

from devtools.database import catalog
from devtools.stand_ins.mail_server import MailServer

from .workers import worker


@dataclass
class Sample:
    """One measured run.

    :ivar things: how many things were done
    :ivar seconds: for all of them, commits included
    :ivar cpu: seconds of this process's own work; PostgreSQL's is not in it
    :ivar queries: SQL statements for all of them, over every cursor
    :ivar memory: bytes of resident memory at the peak, above where it began
    :ivar resident: bytes of resident memory at the peak, Odoo itself included
    """

    things: int
    seconds: float
    cpu: float
    queries: int
    memory: int
    resident: int


class Side:
    """One of the two ways.

    :cvar label: what it is, in words
    :cvar sends: whether the SMTP server shall have a mail for each thing
    :cvar database: which of the comparison's databases it works in
    """

    label = ""
    sends = False
    database = "main"

    def things(self, size):
        """How many things are done with `--size size`."""
        return size

    def prepare(self, env, count):
        """Make what `work` needs for `count` things; committed, and not measured.

        :return: what `work` gets: numbers, texts and lists only
        """

    def release(self, env, prepared):
        """Let it begin: committed, and not measured.

        For jobs that would else do it all in the run that warms the caches.
        """

    def work(self, env, prepared):
        """Do it; this is what is measured, with a commit at its end."""
        raise NotImplementedError

    def work_outside(self, database, count):
        """Do it from outside of Odoo, on a copy of the database named `database`.

        :return: dict with the "seconds" that it took, or with the "waits", the seconds
            that each thing took
        """
        raise NotImplementedError

    def check(self, env, prepared):
        """Look whether the work was done, so that no failure counts as fast.

        :raise AssertionError: when it was not
        """


class Comparison:
    """Two sides, and what the ratio of the first to the second shall be.

    :cvar name: of its file, and for ./dev bench
    :cvar what: what is done, in words
    :cvar goal: the ratio wanted at most
    :cvar ours: a `Side`
    :cvar beside: the `Side` it is compared with
    :cvar databases: for each name the kind: "addon", or "plain" (the same without the
        addon); each also with more of Odoo's modules, as "addon+sale"
    :cvar measure: of which the ratio is: "seconds" for each thing, "memory" in all, or
        the longest of the "waits"
    :cvar limit: what the first side may take of it at most, in any run, where that is
        the goal and not the ratio
    :cvar outside: whether it is measured from outside of Odoo (see `install`)
    :cvar repeats: how often both sides run, in turn
    :cvar quick: the share of the size that does for ./dev bench --quick
    :cvar latency: seconds before each answer of the mail server
    :cvar durable: whether PostgreSQL waits for the disk at each commit
    """

    name = ""
    what = ""
    goal = 1.0
    ours = None
    beside = None
    databases = {"main": "addon"}
    measure = "seconds"
    limit = None
    outside = False
    repeats = 3
    quick = 0.1
    latency = 0.0
    durable = False

    def fill(self, env, database, size):
        """Put into one of the databases what all runs need; committed."""

    def fill_outside(self, name, database, size):
        """Do the same to the database `name`, from outside of Odoo."""
        with MailServer() as mail, worker(self.name, name, mail) as asked:
            asked.ask(do="fill", database=database, size=size)
        catalog.execute_in(name, "VACUUM ANALYZE")

    def facts(self, env):
        """What else is worth knowing, looked at after the runs.

        :return: dict from a few words to a value that JSON can hold
        """
        return {}

    def facts_outside(self, samples):
        """The same, of what is measured from outside of Odoo.

        :param samples: for each side what `work_outside` returned: lists of dicts
        """
        return {}

    @property
    def sides(self):
        """Both sides by name: a dict."""
        return {"ours": self.ours, "beside": self.beside}
