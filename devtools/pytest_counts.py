"""A pytest plugin that writes how many tests passed, failed and were skipped."""

import json
import os
from pathlib import Path


def pytest_terminal_summary(terminalreporter):
    """Write the numbers into the file that ./dev test named."""
    stats = terminalreporter.stats
    counts = {
        "passed": len(stats.get("passed", [])) + len(stats.get("xfailed", [])),
        "failed": len(stats.get("failed", []))
        + len(stats.get("error", []))
        + len(stats.get("xpassed", [])),
        "skipped": len(stats.get("skipped", [])),
    }
    path = os.environ.get("KONFIDENS_PAYMENTS_TEST_COUNTS")
    if path:
        Path(path).write_text(json.dumps(counts))
