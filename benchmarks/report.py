"""The figures of ./dev bench as a table to read."""

_HEAD = (
    "what, beside what",
    "each",
    "beside",
    "ratio (min–max)",
    "of CPU",
    "goal",
    "met",
    "queries each",
    "peak memory",
)


def table(report):
    """The report's comparisons as text, two lines or more for each."""
    rows = [_HEAD]
    for one in report["comparisons"]:
        ours, beside, ratio = one["ours"], one["beside"], one["ratio"]
        rows.append(
            (
                f"{one['name']}: {one['what']}",
                seconds(ours),
                seconds(beside),
                f"{ratio['median']:.2f} ({ratio['min']:.2f}–{ratio['max']:.2f})",
                f"{one['cpu_ratio']['median']:.2f}" if "cpu_ratio" in one else "–",
                goal(one),
                "yes" if one["met"] else "NO",
                f"{queries(ours)} / {queries(beside)}",
                f"{memory(ours)} / {memory(beside)}",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = []
    for row, one in zip(rows, [None, *report["comparisons"]], strict=True):
        cells = zip(row, widths, strict=True)
        lines.append("  ".join(cell.ljust(width) for cell, width in cells).rstrip())
        if one:
            lines.append(f"    beside: {one['beside']['label']}")
            lines += [f"    {words}: {value}" for words, value in one["facts"].items()]
    return "\n".join(lines)


def goal(one):
    """What is wanted at most: a ratio, or the time for each thing."""
    if one["limit"] is None:
        return f"≤ {one['goal']:g}"
    return f"≤ {duration(one['limit'])} each"


def seconds(side):
    """The median of the seconds for each thing, of waits also the longest."""
    if "waits" in side:
        longest = duration(side["waits"]["max"])
        return f"{duration(side['waits']['median'])}, at most {longest}"
    return duration(side["seconds_per_thing"]["median"])


def duration(value):
    """Seconds as "12.3 ms" or "1.20 s"."""
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.3g} ms"


def queries(side):
    """The median of the queries for each thing: "3.05"."""
    if "queries_per_thing" not in side:
        return "–"
    return f"{side['queries_per_thing']['median']:.4g}"


def memory(side):
    """The median of the peak memory: "12 MB"."""
    if "peak_memory" not in side:
        return "–"
    return f"{side['peak_memory']['median'] / 2**20:.0f} MB"
