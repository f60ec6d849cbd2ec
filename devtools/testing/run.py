"""./dev test: the addon's tests and the system tests, each with what it needs."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from ..browser.chromium import use_chromium
from ..database import postgres
from ..database.cluster import CLIENT_PROGRAMS
from ..database.installed import test_database
from ..environment import odoo, progress
from ..environment.problem import Problem
from ..environment.processes import run_in_foreground, tied
from ..environment.settings import ADDON, GLUE_ALWAYS, ROOT

COUNT_VARIABLE = "KONFIDENS_PAYMENTS_TEST_COUNTS"
# Those with tests of their own that run in one database.
ADDONS = (*GLUE_ALWAYS, ADDON)
_NO_TESTS = 5
# Options of pytest whose value is the next argument.
_VALUED = {
    "-k", "-m", "-c", "-p", "-o", "-W", "-r", "-n", "--ignore", "--ignore-glob",
    "--deselect", "--junitxml", "--junit-xml", "--tb", "--durations", "--maxfail",
    "--confcutdir", "--rootdir", "--basetemp", "--log-level", "--log-cli-level",
    "--capture", "--color", "--dist", "--override-ini", "--odoo-log-level",
    "--odoo-extra",
}  # fmt: skip
# Options with which pytest runs no test, and should not.
_RUN_NOTHING = {
    "--collect-only", "--co", "-h", "--help", "-V", "--version", "--markers",
    "--fixtures", "--setup-plan",
}  # fmt: skip

# Options with which nothing is run side by side.
_ALONE = {"-s", "--pdb", "--trace", *_RUN_NOTHING}
# All of either kind go in two processes, file by file: whoever is done takes the next.
_SPREAD = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")


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


def run(options):
    """Run the tests.

    :param options: with pytest's arguments as the user gave them
    :return: the exit status: 0 only if tests ran and none failed
    :raise Problem: when what the tests need cannot be had
    """
    arguments = options.arguments
    addon, system = route(arguments)
    use_chromium()
    runs = []
    with postgres.running() as use, contextlib.ExitStack() as stack:
        if system is not None:
            # pytest-odoo would load a registry into the process that tests from outside
            system = ["-p", "no:odoo", *_spread(system, "tests", arguments)]
            beside = addon and not _ALONE.intersection(arguments)
            runs.append(stack.enter_context(_prepared(system, use, beside)))
        if addon is not None:
            addon = _spread(addon, ADDON, arguments)
            name = stack.enter_context(test_database("test_addon", practice=True))
            # Without --odoo-http pytest-odoo skips every HttpCase.
            odoo_options = [f"--odoo-database={name}", "--odoo-http"]
            odoo_options.append(f"--odoo-config={odoo.config_file()}")
            # Planning takes two thirds of the time of queries to tables of a few rows.
            plan = "-c join_collapse_limit=1 -c from_collapse_limit=1"
            prepared = _prepared(odoo_options + addon, use, False, PGOPTIONS=plan)
            runs.insert(0, stack.enter_context(prepared))
        codes, totals = [], Counter()
        for finish in runs:
            code, counts = finish()
            codes.append(code)
            totals.update(counts)
            if counts.get("interrupted"):
                break
    return verdict(codes, totals, arguments)


def _spread(tests, folder, arguments):
    """The arguments of a run that had `tests`: all of a folder in two processes."""
    whole = str(ROOT / folder) in tests and not _ALONE.intersection(arguments)
    return [*_SPREAD, *tests] if whole else tests


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


@contextlib.contextmanager
def _prepared(arguments, use, beside, **environment):
    """A run of pytest.

    :param beside: it begins now, while the block does something else
    :param environment: more environment variables
    :return: function that runs it, or waits for its end and prints what it said; it
        returns its exit status and how many tests did what
    """
    command = [sys.executable, "-m", "pytest", "-p", "devtools.testing.pytest_counts"]
    command += ["--rootdir", ROOT, "-c", ROOT / "pyproject.toml", *arguments]
    with (
        tempfile.NamedTemporaryFile("r") as counts,
        tempfile.TemporaryFile("w+") as said,
        contextlib.ExitStack() as stack,
    ):
        # With them pytest-odoo gives each process a database of its own.
        path = os.pathsep.join([os.environ["PATH"], str(CLIENT_PROGRAMS)])
        environment |= {"PATH": path, COUNT_VARIABLE: counts.name}
        options = {
            "env": {**os.environ, **environment},
            "pass_fds": [use] if use else (),
            "cwd": ROOT,
        }
        if beside:
            outputs = {"stdout": said, "stderr": subprocess.STDOUT}
            process = subprocess.Popen(
                tied(command), stdin=subprocess.DEVNULL, **outputs, **options
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)

        def finish():
            code = process.wait() if beside else run_in_foreground(command, **options)
            said.seek(0)
            shutil.copyfileobj(said, sys.stdout)
            sys.stdout.flush()
            return code, json.loads(counts.read() or "{}")

        yield finish
