"""./dev test: the addon's tests and the system tests, each with what it needs."""

import json
import os
import sys
import tempfile
from pathlib import Path

from . import database, odoo, postgres, progress
from .foreground import run_in_foreground
from .problem import Problem
from .settings import ADDON, GLUE_ALWAYS, ROOT
from .system import use_chromium

COUNT_VARIABLE = "KONFIDENS_PAYMENTS_TEST_COUNTS"
# Those with tests of their own that run in one database.
ADDONS = (ADDON, *GLUE_ALWAYS)
_NO_TESTS = 5
# Options of pytest whose value is the next argument.
_VALUED = {
    "-k", "-m", "-c", "-p", "-o", "-W", "-r", "-n", "--ignore", "--ignore-glob",
    "--deselect", "--junitxml", "--junit-xml", "--tb", "--durations", "--maxfail",
    "--confcutdir", "--rootdir", "--basetemp", "--log-level", "--log-cli-level",
    "--capture", "--color", "--override-ini", "--odoo-log-level", "--odoo-extra",
}  # fmt: skip
# Options with which pytest runs no test, and should not.
_RUN_NOTHING = {
    "--collect-only", "--co", "-h", "--help", "-V", "--version", "--markers",
    "--fixtures", "--setup-plan",
}  # fmt: skip


def route(arguments, cwd=None):
    """Say which arguments go to which of the two test runs.

    :param arguments: pytest arguments as the user gave them
    :param cwd: the folder that paths may be relative to, beside the repository
    :return: (addon arguments, system arguments); None for a run that is not wanted
    :raise Problem: for a path that is not there or belongs to neither
    """
    addon, system, both = [], [], []
    previous = ""
    for argument in arguments:
        is_value = previous in _VALUED
        previous = argument
        if argument.startswith("-") or is_value:
            both.append(argument)
            continue
        path = _existing_path(argument, cwd or Path.cwd())
        test = path + argument[len(argument.split("::")[0]) :]
        if any(Path(path).is_relative_to(ROOT / name) for name in ADDONS):
            addon.append(test)
        elif Path(path).is_relative_to(ROOT / "tests"):
            system.append(test)
        else:
            raise Problem(f"{argument} is neither in {ADDON}/ nor in tests/.")
    if not addon and not system:
        addon = [str(ROOT / name) for name in ADDONS]
        system = [str(ROOT / "tests")]
    return (both + addon if addon else None), (both + system if system else None)


def _existing_path(argument, cwd):
    name = argument.split("::")[0]
    for folder in (cwd, ROOT):
        if (folder / name).exists():
            return str((folder / name).resolve())
    raise Problem(f"There is no test file or folder {name}.")


def run(arguments):
    """Run the tests.

    :param arguments: pytest arguments as the user gave them
    :return: the exit status: 0 only if tests ran and none failed
    :raise Problem: when what the tests need cannot be had
    """
    addon, system = route(arguments)
    use_chromium()
    codes, totals = [], {}
    with postgres.running() as use:
        for run_one, chosen in ((_run_addon, addon), (_run_system, system)):
            if chosen is not None:
                code, counts = run_one(chosen, use)
                codes.append(code)
                for kind, number in counts.items():
                    totals[kind] = totals.get(kind, 0) + number
                if counts.get("interrupted"):
                    break
    return verdict(codes, totals, arguments)


def verdict(codes, totals, arguments):
    """The exit status of the whole, with one closing line on standard output.

    :param codes: pytest's exit statuses
    :param totals: dict with the numbers of `passed`, `failed`, `skipped` tests
    :param arguments: pytest arguments as the user gave them
    """
    failed = [code for code in codes if code not in (0, _NO_TESTS)]
    passed_count, failed_count = totals.get("passed", 0), totals.get("failed", 0)
    if _RUN_NOTHING.intersection(arguments):
        return failed[0] if failed else 0
    closing = f"{passed_count} passed, {failed_count} failed"
    print(f"{closing}, {totals.get('skipped', 0)} skipped", flush=True)
    if failed:
        return failed[0]
    if not passed_count and not failed_count:
        progress.say("dev: No test ran at all.")
        return _NO_TESTS
    return 1 if failed_count else 0


def _run_addon(arguments, use):
    with database.test_database("test_addon") as name:
        options = [f"--odoo-database={name}", f"--odoo-config={odoo.config_file()}"]
        # Without it pytest-odoo skips every HttpCase.
        options.append("--odoo-http")
        return _pytest(options + arguments, use)


def _run_system(arguments, use):
    # pytest-odoo would load a registry into the process that tests from outside.
    return _pytest(["-p", "no:odoo", *arguments], use)


def _pytest(arguments, use):
    """Run pytest; returns its exit status and how many tests did what."""
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder) / "counts.json"
        env = {**os.environ, COUNT_VARIABLE: str(counts)}
        command = [sys.executable, "-m", "pytest", "-p", "devtools.pytest_counts"]
        command += ["--rootdir", ROOT, "-c", ROOT / "pyproject.toml", *arguments]
        code = run_in_foreground(command, env, [use] if use else (), cwd=ROOT)
        return code, json.loads(counts.read_text()) if counts.exists() else {}
