"""./dev bench --growth: its figures are whole, and so are its picture and tables.

No test asks how long something takes.
"""

import json
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from benchmarks import growth_picture, growth_report
from benchmarks.growth import COMPARISON
from devtools.environment.settings import ROOT

SIZE = 20
STEPS = {"draft": 10, "send": 10, "complete": 10}
SINGLY = {"draft_singly": 1, "send_singly": 1, "complete_singly": 1}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What ./dev bench --growth wrote: the report, the picture, and what it printed."""
    path = tmp_path_factory.mktemp("growth") / "growth.json"
    command = [sys.executable, "-m", "benchmarks", "--growth", f"--size={SIZE}"]
    command += ["--times", "1", "--repeats=1", f"--json={path}"]
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    picture = path.with_suffix(".svg").read_text()
    return json.loads(path.read_text()), picture, done.stdout


def test_the_figures_are_whole(made):
    [found] = made[0]["numbers"]
    assert found["bookings"] == SIZE
    assert found["statuses"] == {"paid": SIZE}
    steps = {key: step["things"] for key, step in found["steps"].items()}
    assert steps == {**STEPS, **SINGLY}
    for step in found["steps"].values():
        [run] = step["runs"]
        assert run["seconds"] > 0 and run["cpu"] > 0 and run["queries"] > 0
        assert step["seconds_per_thing"]["median"] == run["seconds"] / run["things"]
        # so few may need no more than there is already
        assert 0 <= run["memory"] < run["resident"] <= found["resident"]
    assert found["database_bytes"] > found["bytes_per_booking"]["median"] > 0


def test_together_takes_fewer_queries_than_one_by_one(made):
    [found] = made[0]["numbers"]
    for step in STEPS:
        together, singly = (
            found["steps"][name]["queries_per_thing"]["median"]
            for name in (step, f"{step}_singly")
        )
        assert together < singly


def test_the_tables_are_printed(made):
    assert growth_report.text(made[0]) in made[2]
    assert f"| for each booking | {SIZE} there |" in made[2]


def test_the_picture_is_well_formed(made):
    assert ElementTree.fromstring(made[1]).tag == f"{SVG}svg"


def times(milliseconds):
    """One step's figures, as the picture and the tables read them: a dict."""
    second = milliseconds / 1000
    each = {"median": second, "min": second * 0.9, "max": second * 1.1}
    return {
        "things": 500,
        "seconds_per_thing": each,
        "cpu_per_thing": {"median": second / 2},
        "queries_per_thing": {"median": 3.0},
    }


@pytest.fixture
def report():
    """A report of round figures: 10, 20 and 20 ms, one by one 100, 200 and 200."""
    each = dict(zip(COMPARISON.sides, (10, 20, 20, 100, 200, 200), strict=True))
    figures = {
        "database_bytes": 10_000_000,
        "bytes_per_booking": {"median": 12000},
        "resident": 200_000_000,
        "steps": {key: times(value) for key, value in each.items()},
    }
    return {
        "date": "2026-01-01 10:00 UTC",
        "cpus": 2,
        "memory": 8 * 2**30,
        "repeats": 3,
        "versions": {"odoo": "19.0", "python": "3.11.7", "postgresql": "180006"},
        "numbers": [{"bookings": 10**power, **figures} for power in (3, 4, 5)],
    }


def test_the_picture_has_a_labelled_line_for_each_step(report):
    root = ElementTree.fromstring(growth_picture.draw(report))
    texts = {text.text: text for text in root.iter(f"{SVG}text")}
    assert {"1,000", "10,000", "100,000"} <= set(texts)
    labels = [texts[words] for words in ("draft 10 ms", "send 20 ms", "complete 20 ms")]
    # none on another, and all to the right of the lines
    heights = sorted(float(label.get("y")) for label in labels)
    assert min(heights[1] - heights[0], heights[2] - heights[1]) >= 18
    assert len(list(root.iter(f"{SVG}circle"))) == 9
    for dot in root.iter(f"{SVG}circle"):
        assert float(dot.get("cx")) < float(labels[0].get("x"))
    # 100,000 is as far from 10,000 as that is from 1,000
    across = sorted({float(dot.get("cx")) for dot in root.iter(f"{SVG}circle")})
    assert across[2] - across[1] == pytest.approx(across[1] - across[0], abs=0.2)


def test_a_million_bookings_are_worked_out_from_the_figures(report):
    needs = growth_report.needs(report)
    assert "| draft, in a day | 4,000 × 100 ms | 6.7 minutes |" in needs
    assert "1,000 × 400 ms | 6.7 minutes: 11 % of one process" in needs
    assert "| 1,000,000 × 12.0 kB | 12 GB |" in needs
    assert "| 1,000,000 × 10 ms | 2.8 hours |" in needs


def test_names_have_no_part_in_it():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--growth", "--size=1", "drafts"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 1
    assert "leave out their names" in done.stderr
