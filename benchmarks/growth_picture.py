"""The picture of ./dev bench --growth: time for each booking against their number."""

import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 700, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 172, 56, 56
# Step: the words beside its line, the colour (told apart by the colour-blind, too).
LINES = {
    "draft": ("draft", "#0072b2"),
    "send": ("send", "#c04a00"),
    "complete": ("complete", "#00795c"),
}
LABEL_HEIGHT = 18
_TITLE = "Milliseconds for each of {} bookings done together"
INK, FAINT = "#222222", "#d0d0d0"


def draw(report):
    """An SVG picture of the median times, with the spread of the runs.

    :param report: dict as in the JSON file
    :return: text
    """
    numbers = [one["bookings"] for one in report["numbers"]]
    times = {
        step: [one["steps"][step]["seconds_per_thing"] for one in report["numbers"]]
        for step in LINES
    }
    top, tick = _scale(
        1000 * max(one["max"] for each in times.values() for one in each)
    )
    count = report["numbers"][0]["steps"]["draft"]["things"]
    low, high = math.log10(numbers[0]), math.log10(numbers[-1])

    def x(number):
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(number) - low) / (
            high - low or 1
        )

    def y(milliseconds):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * milliseconds / top

    parts = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT - 48, 26, _TITLE.format(count), size=17, weight="bold"),
    ]
    for value in range(0, top + 1, tick):
        parts.append(_line([(LEFT, y(value)), (x(numbers[-1]), y(value))], FAINT, 1))
        parts.append(_text(LEFT - 10, y(value) + 5, str(value), anchor="end"))
    for number in numbers:
        place = x(number), HEIGHT - BOTTOM + 22
        parts.append(_text(*place, f"{number:,}", anchor="middle"))
    middle = (x(numbers[0]) + x(numbers[-1])) / 2
    parts.append(
        _text(middle, HEIGHT - 10, "bookings in the database already", anchor="middle")
    )
    ends = {step: y(1000 * each[-1]["median"]) for step, each in times.items()}
    labels = _apart(ends)
    for step, (words, colour) in LINES.items():
        dots = [
            (x(number), y(1000 * one["median"]))
            for number, one in zip(numbers, times[step], strict=True)
        ]
        parts.append(_line(dots, colour, 3))
        for (across, down), one in zip(dots, times[step], strict=True):
            spread = [(across, y(1000 * one[name])) for name in ("min", "max")]
            parts.append(_line(spread, colour, 1.5))
            parts.append(
                f'<circle cx="{across:.1f}" cy="{down:.1f}" r="5" fill="{colour}"/>'
            )
        words = f"{words} {1000 * times[step][-1]['median']:.0f} ms"
        place = x(numbers[-1]) + 16, labels[step] + 6
        parts.append(_text(*place, words, colour=colour, size=17, weight="bold"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' width="{WIDTH}" height="{HEIGHT}" role="img" font-family="sans-serif">\n'
        f"<title>{_TITLE.format(count)}, by how many there are</title>\n"
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _scale(greatest):
    """The upper end of an axis from 0, and the distance of its ticks: integers."""
    step = 10 ** math.floor(math.log10(max(greatest, 10)))
    tick = next(
        step * share // 10 for share in (2, 5, 10, 20) if greatest <= step * share / 2
    )
    return math.ceil(greatest / tick) * tick, tick


def _apart(places):
    """Move the labels down where they would lie on each other: a dict like `places`."""
    moved, last = {}, -math.inf
    for name in sorted(places, key=places.get):
        last = moved[name] = max(places[name], last + LABEL_HEIGHT)
    return moved


def _line(points, colour, width):
    path = " ".join(f"{across:.1f},{down:.1f}" for across, down in points)
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}"'
        f' stroke-width="{width}" stroke-linecap="round"/>'
    )


def _text(across, down, words, anchor="start", colour=INK, size=15, weight="normal"):
    return (
        f'<text x="{across:.1f}" y="{down:.1f}" text-anchor="{anchor}" fill="{colour}"'
        f' font-size="{size}" font-weight="{weight}">{escape(words)}</text>'
    )
