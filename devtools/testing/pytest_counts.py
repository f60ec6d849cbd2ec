"""A pytest plugin that writes how many tests passed, failed and were skipped."""

import json
import os
from pathlib import Path

_interrupted = []


def pytest_keyboard_interrupt(excinfo):
    """Remember that the user has had enough; also called after a broken import."""
    if excinfo.type is KeyboardInterrupt:
        _interrupted.append(True)


def pytest_terminal_summary(terminalreporter):
    """Write the numbers into the file that ./dev test named."""
    stats = terminalreporter.stats
    counts = {
        "passed": len(stats.get("passed", [])) + len(stats.get("xfailed", [])),
        "failed": len(stats.get("failed", []))
        + len(stats.get("error", []))
        + len(stats.get("xpassed", [])),
        "skipped": len(stats.get("skipped", [])),
        "interrupted": len(_interrupted),
    }
    path = os.environ.get("KONFIDENS_PAYMENTS_TEST_COUNTS")
    if path:
        Path(path).write_text(json.dumps(counts))
