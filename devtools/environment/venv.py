"""The virtual environment with the locked Python packages."""

import hashlib
import importlib.util
import os
import shutil
import sys
import time

from . import progress
from .locks import locked
from .problem import Problem
from .processes import run
from .settings import PYTHON_MAX, PYTHON_MIN, ROOT, cache_folder

LOCK_FILE = ROOT / "devtools/requirements.txt"
_KEEP_UNUSED_SECONDS = 14 * 86400


def check_python(version):
    """Refuse a Python that Odoo 19 does not run on.

    :param version: (major, minor)
    :raise Problem: outside 3.10 to 3.13
    """
    if not PYTHON_MIN <= version <= PYTHON_MAX:
        raise Problem(
            f"Odoo 19 needs Python 3.10 to 3.13 and this is {version[0]}.{version[1]}; "
            "run ./dev with another one, e.g. python3.11 ./dev"
        )


def venv_python():
    """The Python of the environment; makes the environment when needed.

    It is keyed by the lock file and by this Python, so that a changed lock file
    gives a new one and calls that still run keep theirs.

    :return: a pathlib.Path
    :raise Problem: when it cannot be made
    """
    version = sys.version_info[:2]
    check_python(version)
    key = hashlib.sha256(LOCK_FILE.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = cache_folder() / "venv" / f"py{version[0]}.{version[1]}-{key}"
    stamp = folder / "complete"
    if not stamp.exists():
        with locked("venv", "it is installing the Python packages"):
            if not stamp.exists():
                _make(folder)
                stamp.touch()
                _drop_unused(folder)
    os.utime(stamp)
    return folder / "bin/python"


def _make(folder):
    # A virtual environment holds its own path and cannot be renamed: it is made
    # where it stays, and counts from the moment when its stamp is written.
    if folder.exists():
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    pip = _make_bare(folder)
    lines = LOCK_FILE.read_text().splitlines()
    # Some are for other Pythons, so that it is a little less in the end.
    total = len({line.split("==")[0] for line in lines if "==" in line})
    with progress.Step("Python packages") as step:
        seen = set()

        def on_line(line):
            if line.startswith("Collecting "):
                seen.add(line.split()[1])
                step.update(f"{len(seen)} of about {total}")
            elif line.startswith("Installing collected"):
                step.update(f"{len(seen)} packages, installing")

        command = [*pip, "install", "--require-hashes", "--no-deps", "--no-input"]
        command += [
            "--progress-bar=off",
            "--disable-pip-version-check",
            "-r",
            LOCK_FILE,
        ]
        run(command, "install the Python packages (no network?)", on_line=on_line)


def _make_bare(folder):
    """Make the environment and return the pip command that fills it."""
    if importlib.util.find_spec("venv") is None:
        raise Problem(_NO_VENV)
    if importlib.util.find_spec("ensurepip") is not None:
        run([sys.executable, "-m", "venv", folder], "make a virtual environment")
        return [folder / "bin/python", "-m", "pip"]
    # Debian splits ensurepip off; the pip beside this Python does as well.
    if importlib.util.find_spec("pip") is None:
        raise Problem(_NO_VENV)
    command = [sys.executable, "-m", "venv", "--without-pip", folder]
    run(command, "make a virtual environment")
    return [sys.executable, "-m", "pip", f"--python={folder}/bin/python"]


_NO_VENV = (
    "This Python has no module to make virtual environments with: install it "
    "(on Debian: apt-get install python3-venv) and call ./dev again."
)


def _drop_unused(current):
    """Remove environments of older lock files that nobody used for two weeks."""
    for folder in current.parent.iterdir():
        stamp = folder / "complete"
        if folder == current or not stamp.exists():
            continue
        if time.time() - stamp.stat().st_mtime > _KEEP_UNUSED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
