"""A process with Odoo's registry of one database, in which the runs are forked.

It reads requests from its standard input and answers each on its standard output,
one line of JSON each. Every run is a process of its own, forked from here, so that
none leaves memory or caches to the next.
"""

import cProfile
import gc
import importlib
import json
import os
import re
import sys
import time
import traceback
from dataclasses import asdict
from pathlib import Path

import odoo
from odoo import api, sql_db
from odoo.modules.registry import Registry
from odoo.service.server import load_server_wide_modules
from odoo.tools import config

from .comparison import Sample

# How many things are done before the clock runs, so that caches are warm.
WARM = 2
ADMIN = 2


def main(arguments):
    """Serve requests until the input ends.

    :param arguments: the comparison's name, the database's, Odoo's options
    """
    name, database, *options = arguments
    # Nothing but answers goes to the standard output.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    config.parse_config(["-d", database, *options], setup_logging=True)
    load_server_wide_modules()
    registry = Registry(database)
    comparison = importlib.import_module(f"benchmarks.{name}").COMPARISON
    worker = Worker(comparison, registry)
    for line in sys.stdin:
        request = json.loads(line)
        method = getattr(worker, request.pop("do"))
        answers.write(json.dumps(in_child(method, **request)) + "\n")
        answers.flush()


def in_child(function, **arguments):
    """Call the function in a forked process.

    :return: {"result": what it returned} or {"error": its traceback}
    """
    # Two processes must not speak over one connection.
    sql_db.close_all()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            answer = {"result": function(**arguments)}
        except BaseException:
            answer = {"error": traceback.format_exc()}
        with os.fdopen(writing, "w") as pipe:
            json.dump(answer, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return json.loads(said) if said else {"error": "The process of the run died."}


class Worker:
    """What can be asked for; each method runs in a process of its own."""

    def __init__(self, comparison, registry):
        self.comparison = comparison
        self.registry = registry

    def fill(self, database, size):
        with self.registry.cursor() as cr:
            self.comparison.fill(api.Environment(cr, ADMIN, {}), database, size)

    def prepare(self, side, size):
        """Return what the warming run and the measured run need."""
        side = self.comparison.sides[side]
        prepared = []
        things = side.things(size)
        for count in (min(WARM, things), things):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, ADMIN, {})
                prepared.append(side.prepare(env, count))
        with self.registry.cursor() as cr:
            # as autovacuum would, whose moment nobody knows
            cr.connection.commit()
            cr.connection.autocommit = True
            cr.execute("ANALYZE")
            cr.connection.autocommit = False
        return prepared

    def run(self, side, size, prepared):
        side = self.comparison.sides[side]
        warming, measured = prepared
        self._release(side, warming)
        self._work(side, warming)
        self._release(side, measured)
        gc.collect()
        memory = Memory()
        queries, cpu = sql_db.sql_counter, time.process_time()
        start = time.perf_counter()
        self._work(side, measured)
        seconds = time.perf_counter() - start
        cpu = time.process_time() - cpu
        sample = Sample(
            things=side.things(size),
            seconds=seconds,
            cpu=cpu,
            queries=sql_db.sql_counter - queries,
            memory=memory.peak(),
            resident=memory.highest(),
        )
        with self.registry.cursor() as cr:
            side.check(api.Environment(cr, ADMIN, {}), measured)
        return asdict(sample)

    def profile(self, side, size, prepared, path):
        """Run it under cProfile, whose figures go to the file `path`."""
        side = self.comparison.sides[side]
        warming, measured = prepared
        self._release(side, warming)
        self._work(side, warming)
        self._release(side, measured)
        profiler = cProfile.Profile()
        profiler.runcall(self._work, side, measured)
        profiler.dump_stats(path)

    def _release(self, side, prepared):
        with self.registry.cursor() as cr:
            side.release(api.Environment(cr, ADMIN, {}), prepared)

    def _work(self, side, prepared):
        with self.registry.cursor() as cr:
            side.work(api.Environment(cr, ADMIN, {}), prepared)
            cr.commit()

    def facts(self):
        with self.registry.cursor() as cr:
            return self.comparison.facts(api.Environment(cr, ADMIN, {}))

    def versions(self):
        with self.registry.cursor() as cr:
            return {
                "odoo": odoo.release.version,
                "python": sys.version.split()[0],
                "postgresql": str(cr.connection.server_version),
            }


class Memory:
    """The peak of this process's resident memory from now on, as Linux counts it."""

    def __init__(self):
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        self.start = self._read("VmRSS")

    def peak(self):
        """Bytes above where it began."""
        return max(0, self.highest() - self.start)

    def highest(self):
        """Bytes in all."""
        return self._read("VmHWM")

    def _read(self, name):
        status = Path("/proc/self/status").read_text()
        return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) * 1024


if __name__ == "__main__":
    main(sys.argv[1:])
