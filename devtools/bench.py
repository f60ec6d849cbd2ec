"""Measure the addon beside Odoo's own way: ./dev bench."""

import argparse
import contextlib
import importlib
import json
import os
import pstats
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from statistics import median

from . import bench_report, odoo, progress
from .bootstrap import guarded
from .database import test_database
from .foreground import tied
from .mailserver import MailServer
from .problem import Problem
from .settings import ADDON, ROOT, cache_folder

# In the order of the table.
NAMES = (
    "drafts",
    "drafts_sale",
    "completion",
    "mails_scheduled",
    "mails_queue",
    "idle_cron",
    "calendar_week",
    "client_form",
)


def comparison(name):
    """The `Comparison` of that name."""
    return importlib.import_module(f"benchmarks.{name}").COMPARISON


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
    options = ["--smtp", mail.host, "--smtp-port", str(mail.port)]
    options += ["--max-cron-threads=0", "--no-http", "--log-level=warn"]
    with contextlib.ExitStack() as stack:
        asked = {}
        for key, kind in chosen.databases.items():
            database = stack.enter_context(made_database(kind))
            worker = Worker(chosen.name, database, options)
            stack.callback(worker.close)
            asked[key] = worker
        yield asked


@contextlib.contextmanager
def made_database(kind):
    """A database of one of the kinds of `Comparison.databases`; its name."""
    with test_database("bench", addon=kind != "plain") as name:
        if kind == "addon+sale":
            log = cache_folder() / "logs" / "bench-sale.log"
            arguments = ["server", "-d", name, "-i", "sale", "--stop-after-init"]
            arguments += ["--no-http", "--max-cron-threads=0"]
            odoo.run_quietly(arguments, "install sale", log)
        yield name


def measure(chosen, size, repeats, mail):
    """Run both sides of a comparison in turn.

    :param repeats: how often; None: as often as the comparison wants
    :return: dict as in the JSON file
    """
    samples = {"ours": [], "beside": []}
    with progress.step(f"{chosen.name} · {chosen.what}") as step:
        with workers(chosen, mail) as asked:
            for key, worker in asked.items():
                worker.ask(do="fill", database=key, size=size)
            count = repeats or chosen.repeats
            for number in range(count):
                for key, side in chosen.sides.items():
                    step.update(f"run {number + 1} of {count}, {side.label}")
                    mail.clear()
                    worker = asked[side.database]
                    prepared = worker.ask(do="prepare", side=key, size=size)
                    mail.clear()
                    sample = worker.ask(
                        do="run", side=key, size=size, prepared=prepared
                    )
                    if side.sends and len(mail.mails) < sample["things"]:
                        raise Problem(f"{side.label}: {len(mail.mails)} mails came.")
                    samples[key].append(sample)
            step.note = ""
            worker = asked[chosen.ours.database]
            facts = worker.ask(do="facts")
            versions = worker.ask(do="versions")
    return {
        "name": chosen.name,
        "what": chosen.what,
        "measure": chosen.measure,
        "goal": chosen.goal,
        **summary(chosen, samples),
        "facts": facts,
        "versions": versions,
    }


def profile(chosen, size, mail):
    """Profile one run of either side.

    :return: the paths of the files that Python's pstats reads
    """
    paths = []
    with workers(chosen, mail) as asked:
        for key, worker in asked.items():
            worker.ask(do="fill", database=key, size=size)
        for key, side in chosen.sides.items():
            path = cache_folder() / f"bench-{chosen.name}-{key}.pstats"
            request = {"side": key, "size": size}
            worker = asked[side.database]
            prepared = worker.ask(do="prepare", **request)
            worker.ask(do="profile", **request, prepared=prepared, path=str(path))
            paths.append(path)
    return paths


def summary(chosen, samples):
    """Median and spread of each side, and of the ratio of each pair of runs."""
    result = {}
    for key, side in chosen.sides.items():
        runs = samples[key]
        each = [run["seconds"] / run["things"] for run in runs]
        result[key] = {
            "label": side.label,
            "things": runs[0]["things"],
            "seconds_per_thing": spread(each),
            "cpu_per_thing": spread([run["cpu"] / run["things"] for run in runs]),
            "queries_per_thing": spread(
                [run["queries"] / run["things"] for run in runs]
            ),
            "queries": [run["queries"] for run in runs],
            "peak_memory": spread([run["memory"] for run in runs]),
            "runs": runs,
        }
    ratios = [
        cost(chosen, ours) / cost(chosen, beside)
        for ours, beside in zip(samples["ours"], samples["beside"], strict=True)
    ]
    result["ratio"] = spread(ratios)
    result["cpu_ratio"] = spread(
        [
            ours["cpu"] / ours["things"] / beside["cpu"] * beside["things"]
            for ours, beside in zip(samples["ours"], samples["beside"], strict=True)
        ]
    )
    result["met"] = result["ratio"]["median"] <= chosen.goal
    return result


def cost(chosen, run):
    """What the ratio is of, for one run."""
    if chosen.measure == "memory":
        return max(1, run["memory"])
    return run["seconds"] / run["things"]


def spread(values):
    """Median, smallest and greatest: a dict."""
    return {"median": median(values), "min": min(values), "max": max(values)}


def main(arguments):
    """Measure, print the table, write the JSON file.

    :param arguments: as ./dev bench has them
    :return: 0, or 1 if a goal was missed
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int)
    parser.add_argument("--repeats", type=int)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(NAMES)
    if unknown:
        raise Problem(
            f"There is no comparison {', '.join(sorted(unknown))}; there are "
            f"{', '.join(NAMES)}."
        )
    path = options.json or cache_folder() / "bench.json"
    report = {
        "addon": ADDON,
        "date": f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC",
        "size": options.size,
        "cpus": os.cpu_count(),
        "comparisons": [],
    }
    with MailServer() as mail:
        if options.profile:
            for name in options.names or NAMES:
                for one in profile(comparison(name), options.size, mail):
                    pstats.Stats(str(one)).sort_stats("cumulative").print_stats(60)
            return 0
        for name in options.names or NAMES:
            measured = measure(comparison(name), options.size, options.repeats, mail)
            report["comparisons"].append(measured)
            path.write_text(json.dumps(report, indent=1) + "\n")
    print(bench_report.table(report))
    print(f"All figures: {path}")
    return 0 if all(one["met"] for one in report["comparisons"]) else 1


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
