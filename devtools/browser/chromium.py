"""Programs that come from the system: Chromium."""

import os
import shutil

from ..environment import progress
from ..environment.problem import Problem
from ..environment.processes import run
from ..environment.settings import cache_folder

# Debian's package of Chromium without windows, which takes a third less time.
_HEADLESS = "chromium-headless-shell"
_NAMES = (_HEADLESS, "chromium", "chromium-browser", "google-chrome")


def find_chromium():
    """The browser's path: $CHROMIUM, else the fastest one on PATH, else None.

    :raise Problem: when $CHROMIUM names nothing that can be run
    """
    named = os.environ.get("CHROMIUM")
    if named:
        path = shutil.which(named)
        if not path:
            raise Problem(f"CHROMIUM is {named}, and there is no such program.")
        return os.path.abspath(path)
    return next(filter(None, map(shutil.which, _NAMES)), None)


def use_chromium():
    """Make sure of a browser, for us ($CHROMIUM) and for Odoo's tests (PATH).

    Root gets it installed where it is missing.

    :return: its path
    :raise Problem: when it is missing and cannot be installed
    """
    path = find_chromium()
    if not path:
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise Problem(
                "The browser tests need Chromium: install it (on Debian, as root: "
                f"apt-get install {_HEADLESS}), or set CHROMIUM to the browser's path."
            )
        _install(_HEADLESS)
        path = find_chromium()
        if not path:
            raise Problem(f"apt-get installed {_HEADLESS}, and it is not on PATH.")
    os.environ["CHROMIUM"] = path
    _put_first_on_path(path)
    return path


def _install(package):
    # Debconf would ask, and nobody is there to answer.
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with progress.Step(f"Installing {package} with apt-get") as step:
        run(["apt-get", "update"], "read the system's package lists", env=env)
        command = ["apt-get", "install", "--yes", "--no-install-recommends", package]
        run(
            command,
            f"install {package}",
            env=env,
            on_line=lambda line: step.update(line[:60]),
        )
        step.note = ""


def _put_first_on_path(chromium):
    """Odoo's tests look for google-chrome first; that name leads to our browser."""
    folder = cache_folder() / "bin"
    folder.mkdir(exist_ok=True)
    wrapper = folder / "google-chrome"
    text = f'#!/bin/sh\nexec "{chromium}" "$@"\n'
    if not wrapper.exists() or wrapper.read_text() != text:
        fresh = folder / f"google-chrome.{os.getpid()}"
        fresh.write_text(text)
        fresh.chmod(0o755)
        fresh.replace(wrapper)
    path = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(folder), path])
