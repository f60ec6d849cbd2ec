"""Measure what a booking takes when there are few and many: ./dev bench --growth."""

import contextlib
import json
import os
from datetime import datetime, timezone

from devtools.database import catalog
from devtools.environment import progress
from devtools.environment.problem import Problem
from devtools.environment.settings import ADDON, ROOT, cache_folder
from devtools.stand_ins.mail_server import MailServer

from . import growth_picture, growth_report
from .growth import COMPARISON
from .measuring import figures, spread
from .workers import made_database, worker

# So many times --size bookings are there already.
TIMES = (1, 10, 100)
REPEATS = 3
PICTURE = ROOT / "docs" / "pictures" / "growth.svg"


def measure(size, times, repeats, mail):
    """Fill a database for each number of bookings, and run all steps in each in turn.

    Each run is made on a copy, so that there are as many bookings in all of them.

    :param times: how many times `size` bookings are there; a list
    :return: dict as in the JSON file
    """
    runs = {size * one: [] for one in times}
    names, found = {}, {}
    with contextlib.ExitStack() as stack:
        for number in runs:
            with progress.Step(f"{number:,} settled bookings"):
                names[number] = name = stack.enter_context(made_database("addon"))
                found[number], versions = _fill(name, number, mail)
        for count in range(repeats):
            for number, name in names.items():
                title = f"run {count + 1} of {repeats}, {number:,} bookings"
                with progress.Step(title) as step:
                    runs[number].append(_run(name, size, mail, step))
                    step.note = ""
    numbers = [
        {"bookings": number, **found[number], **_summary(runs[number])}
        for number in runs
    ]
    return {"repeats": repeats, "versions": versions, "numbers": numbers}


def _fill(name, number, mail):
    """Make so many settled bookings in this database.

    :return: dict of what is in it, and one of the versions
    """
    with worker("growth", name, mail) as asked:
        asked.ask(do="fill", database="main", size=number)
        statuses, versions = asked.ask(do="facts"), asked.ask(do="versions")
    # as autovacuum would, whose moment nobody knows
    catalog.execute_in(name, "VACUUM ANALYZE")
    return {"statuses": statuses, "database_bytes": _size(name)}, versions


def _run(original, size, mail, step):
    """All steps with new bookings, in a copy of the database.

    :return: dict of the sample of each step, and what the database grew by for each
        new booking, in bytes
    """
    name = f"{original}_run"
    catalog.copy(original, name)
    try:
        before = _size(name)
        samples, made = {}, 0
        with worker("growth", name, mail) as asked:
            for key, side in COMPARISON.sides.items():
                step.update(key)
                prepared = asked.ask(do="prepare", side=key, size=size)
                mail.clear()
                sample = asked.ask(do="run", side=key, size=size, prepared=prepared)
                if side.sends and len(mail.mails) < sample["things"]:
                    raise Problem(f"{key}: {len(mail.mails)} mails came.")
                samples[key] = sample
                if side.label == "draft":
                    made += sum(map(len, prepared))  # those to warm up as well
        return {"samples": samples, "grown": (_size(name) - before) / made}
    finally:
        catalog.drop(name)


def _size(name):
    [(size,)] = catalog.execute_in(
        "postgres", "SELECT pg_database_size(%s::name)", [name]
    )
    return size


def _summary(runs):
    samples = {key: [run["samples"][key] for run in runs] for key in COMPARISON.sides}
    return {
        "bytes_per_booking": spread([run["grown"] for run in runs]),
        "resident": max(one["resident"] for each in samples.values() for one in each),
        "steps": {key: figures(each) for key, each in samples.items()},
    }


def run(options):
    """Measure, draw the picture, print the tables, write the JSON file.

    :param options: as ./dev bench --growth has them
    :return: 0
    """
    if options.names:
        raise Problem("--growth measures no comparison: leave out their names.")
    path = options.json or cache_folder() / "bench-growth.json"
    picture = options.json.with_suffix(".svg") if options.json else PICTURE
    with MailServer() as mail:
        times, repeats = options.times or TIMES, options.repeats or REPEATS
        measured = measure(options.size, times, repeats, mail)
    report = {
        "addon": ADDON,
        "date": f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC",
        "size": options.size,
        "cpus": os.cpu_count(),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        **measured,
    }
    path.write_text(json.dumps(report, indent=1) + "\n")
    picture.write_text(growth_picture.draw(report))
    print(growth_report.text(report))
    print(f"\nThe picture: {picture}\nAll figures: {path}")
    return 0
