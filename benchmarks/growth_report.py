"""The figures of ./dev bench --growth as the tables of docs/speed.md."""

# The steps, and how each is measured.
STEPS = ("draft", "send", "complete")
MODES = {"": "at once", "_singly": "one by one"}

# A practice chain. What is supposed, not measured:
YEAR = 1_000_000  # bookings
WORKING_DAYS = 250  # in a year
PEAK = 4  # this part of a day's bookings is in its busiest hour


def text(report):
    """Both tables, in Markdown, with what they were measured on."""
    return "\n\n".join([where(report), figures(report), needs(report)])


def where(report):
    """A sentence on the machine, the versions and the runs."""
    versions, repeats = report["versions"], report["repeats"]
    runs = "one run" if repeats == 1 else f"median of {repeats} runs"
    return (
        f"Measured {report['date']} on {report['cpus']} cores with"
        f" {report['memory'] / 2**30:.0f} GB of memory, which Odoo {versions['odoo']},"
        f" Python {versions['python']}, PostgreSQL {versions['postgresql'][:-4]} and"
        f" the mail server shared; {runs} (smallest–greatest)."
    )


def figures(report):
    """What each step takes for a booking, by the number of bookings."""
    numbers = report["numbers"]
    rows = [["for each booking", *(f"{one['bookings']:,} there" for one in numbers)]]
    for mode, how in MODES.items():
        for step in STEPS:
            all_runs = [one["steps"][step + mode] for one in numbers]
            count = f"{all_runs[0]['things']:,} {how}"
            rows.append([f"{step}, {count}", *map(_time_and_queries, all_runs)])
    rows.append(
        [
            "size of the database",
            *(_megabytes(one, "database_bytes") for one in numbers),
        ]
    )
    rows.append(
        [
            "growth of the database for a new booking",
            *(f"{one['bytes_per_booking']['median'] / 1000:.1f} kB" for one in numbers),
        ]
    )
    rows.append(
        [
            "memory of the process at most",
            *(_megabytes(one, "resident") for one in numbers),
        ]
    )
    return _markdown(rows)


def needs(report):
    """What a million bookings a year need, by the figures of the greatest number."""
    last = report["numbers"][-1]
    seconds = {
        name: step["seconds_per_thing"]["median"]
        for name, step in last["steps"].items()
    }
    day, cpu = (
        YEAR / WORKING_DAYS,
        sum(
            last["steps"][f"{step}_singly"]["cpu_per_thing"]["median"] for step in STEPS
        ),
    )
    hour = day / PEAK
    alone = {step: seconds[f"{step}_singly"] for step in STEPS}
    jobs = alone["send"] + alone["complete"]
    rows = [
        ["what", "how", "result"],
        ["bookings in a working day", f"{YEAR:,} / {WORKING_DAYS}", f"{day:,.0f}"],
        ["in the busiest hour", f"{day:,.0f} / {PEAK}", f"{hour:,.0f}"],
    ]
    for step in STEPS:
        rows.append(
            [
                f"{step}, in a day",
                f"{day:,.0f} × {_ms(alone[step])}",
                f"{day * alone[step] / 60:.1f} minutes",
            ]
        )
    rows += [
        [
            "processor time of Odoo for all three, in a day",
            f"{day:,.0f} × {_ms(cpu)}",
            f"{day * cpu / 60:.1f} minutes",
        ],
        [
            "drafts in the busiest hour",
            f"{hour:,.0f} × {_ms(alone['draft'])}",
            _share(hour * alone["draft"], "process that serves pages"),
        ],
        [
            "sending and completing in the busiest hour",
            f"{hour:,.0f} × {_ms(jobs)}",
            _share(hour * jobs, "process that runs jobs"),
        ],
        [
            "mails that one job can send in an hour, one by one",
            f"3,600 s / {_ms(alone['send'])}",
            f"{3600 / alone['send']:,.0f}",
        ],
        [
            "the same, many due at once",
            f"3,600 s / {_ms(seconds['send'])}",
            f"{3600 / seconds['send']:,.0f}",
        ],
        [
            "drafts of a whole year in one billing run",
            f"{YEAR:,} × {_ms(seconds['draft'])}",
            f"{YEAR * seconds['draft'] / 3600:.1f} hours",
        ],
        [
            "growth of the database in a year",
            f"{YEAR:,} × {last['bytes_per_booking']['median'] / 1000:.1f} kB",
            f"{YEAR * last['bytes_per_booking']['median'] / 1e9:.0f} GB",
        ],
    ]
    return _markdown(rows)


def _time_and_queries(step):
    time = step["seconds_per_thing"]
    return (
        f"{_ms(time['median'])} ({time['min'] * 1000:.0f}–{time['max'] * 1000:.0f}),"
        f" {step['queries_per_thing']['median']:.1f} queries"
    )


def _ms(seconds):
    return f"{seconds * 1000:.0f} ms"


def _megabytes(one, name):
    return f"{one[name] / 1e6:,.0f} MB"


def _share(seconds, whose):
    return f"{seconds / 60:.1f} minutes: {seconds / 36:.0f} % of one {whose}"


def _markdown(rows):
    head, *rest = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "|" + " --- |" * len(rows[0]), *rest])
