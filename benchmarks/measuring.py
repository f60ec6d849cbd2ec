"""Measure the addon beside Odoo's own way: ./dev bench."""

import contextlib
import importlib
import json
import os
import pstats
from datetime import datetime, timezone
from statistics import median

from devtools.database import catalog
from devtools.environment import progress
from devtools.environment.problem import Problem
from devtools.environment.settings import ADDON, cache_folder
from devtools.stand_ins.mail_server import MailServer

from .report import table
from .workers import made_database, workers

# In the order of the table.
NAMES = (
    "drafts",
    "drafts_sale",
    "completion",
    "completion_servers",
    "mails_scheduled",
    "mails_queue",
    "mails_connections",
    "sms",
    "newcomers",
    "idle_cron",
    "proof",
    "calendar_week",
    "client_form",
    "install",
    "billing_run",
)


def comparison(name):
    """The `Comparison` of that name."""
    return importlib.import_module(f"benchmarks.{name}").COMPARISON


def measure(chosen, size, repeats, mail):
    """Run both sides of a comparison in turn.

    :param repeats: how often; None: as often as the comparison wants
    :return: dict as in the JSON file
    """
    count = repeats or chosen.repeats
    with progress.Step(f"{chosen.name} · {chosen.what}") as step:
        run = _measure_outside if chosen.outside else _measure_inside
        samples, facts, versions = run(chosen, size, count, mail, step)
        step.note = ""
    return {
        "name": chosen.name,
        "what": chosen.what,
        "measure": chosen.measure,
        "goal": chosen.goal,
        "limit": chosen.limit,
        **summary(chosen, samples),
        "facts": facts,
        "versions": versions,
    }


def _in_turn(chosen, count, step):
    """Both sides again and again: pairs of their name and the `Side`."""
    for number in range(count):
        for key, side in chosen.sides.items():
            step.update(f"run {number + 1} of {count}, {side.label}")
            yield key, side


def _measure_inside(chosen, size, count, mail, step):
    """Measure in processes that have loaded Odoo."""
    samples = {"ours": [], "beside": []}
    with workers(chosen, mail) as asked:
        for key, worker in asked.items():
            worker.ask(do="fill", database=key, size=size)
        for key, side in _in_turn(chosen, count, step):
            mail.clear()
            worker = asked[side.database]
            prepared = worker.ask(do="prepare", side=key, size=size)
            mail.clear()
            if chosen.durable:  # what is not on the disk yet is not measured
                catalog.execute("CHECKPOINT")
            mail.latency = chosen.latency
            sample = worker.ask(do="run", side=key, size=size, prepared=prepared)
            mail.behave()
            if side.sends and len(mail.mails) < sample["things"]:
                raise Problem(f"{side.label}: {len(mail.mails)} mails came.")
            samples[key].append(sample)
        worker = asked[chosen.ours.database]
        return samples, worker.ask(do="facts"), worker.ask(do="versions")


def _measure_outside(chosen, size, count, _mail, step):
    """Measure what is no work inside of Odoo, each run on a copy of a database."""
    samples = {"ours": [], "beside": []}
    with contextlib.ExitStack() as stack:
        originals = {}
        for key, kind in chosen.databases.items():
            originals[key] = stack.enter_context(made_database(kind))
            step.update("its databases")
            chosen.fill_outside(originals[key], key, size)
        for key, side in _in_turn(chosen, count, step):
            original, things = originals[side.database], side.things(size)
            name = f"{original}_{key}"
            try:
                catalog.copy(original, name)
                catalog.mark_temporary(name)
                sample = side.work_outside(name, things)
            finally:
                catalog.drop(name)
            if "waits" in sample:
                sample["seconds"] = sum(sample["waits"])
            samples[key].append({"things": things, **sample})
    return samples, chosen.facts_outside(samples), {}


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
        result[key] = {"label": side.label, **figures(samples[key])}
    pairs = list(zip(samples["ours"], samples["beside"], strict=True))
    result["ratio"] = spread(
        [cost(chosen, ours) / cost(chosen, beside) for ours, beside in pairs]
    )
    taken = [cost(chosen, ours) for ours, _beside in pairs]
    if all("cpu" in run for pair in pairs for run in pair):
        result["cpu_ratio"] = spread(
            [
                (ours["cpu"] / ours["things"]) / (beside["cpu"] / beside["things"])
                for ours, beside in pairs
            ]
        )
    if chosen.limit is None:
        result["met"] = result["ratio"]["median"] <= chosen.goal
    else:
        result["met"] = max(taken) <= chosen.limit
    return result


def figures(runs):
    """What the runs of one side took: median and spread for each thing, and the runs.

    :param runs: list of dicts like `benchmarks.comparison.Sample`
    """
    result = {"things": runs[0]["things"], "runs": runs}
    for name in ("seconds", "cpu", "queries"):
        if name in runs[0]:
            each = [run[name] / run["things"] for run in runs]
            result[f"{name}_per_thing"] = spread(each)
    if "waits" in runs[0]:
        result["waits"] = spread([wait for run in runs for wait in run["waits"]])
    if "memory" in runs[0]:
        result["peak_memory"] = spread([run["memory"] for run in runs])
    return result


def cost(chosen, run):
    """What the ratio is of, for one run."""
    if chosen.measure == "memory":
        return max(1, run["memory"])
    if chosen.measure == "waits":
        return max(run["waits"])
    return run["seconds"] / run["things"]


def spread(values):
    """Median, smallest and greatest: a dict."""
    return {"median": median(values), "min": min(values), "max": max(values)}


def run(options):
    """Measure, print the table, write the JSON file.

    :param options: as ./dev bench has them
    :return: 0, or 1 if a goal was missed
    :raise Problem: for a comparison that is not there
    """
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
            chosen, size, repeats = comparison(name), options.size, options.repeats
            if options.quick:
                size, repeats = max(1, int(size * chosen.quick)), repeats or 1
            measured = measure(chosen, size, repeats, mail)
            report["comparisons"].append(measured)
            path.write_text(json.dumps(report, indent=1) + "\n")
    print(table(report))
    print(f"All figures: {path}")
    return 0 if all(one["met"] for one in report["comparisons"]) else 1
