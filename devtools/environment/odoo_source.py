"""Odoo 19's code: the user's own (ODOO_HOME), or Debian's package unpacked."""

import json
import os
import re
import shutil
from pathlib import Path

from . import progress
from .apt import PrivateApt
from .locks import locked
from .problem import Problem
from .processes import run
from .settings import ODOO_SERIES, cache_folder

# The package links its fonts and some scripts to other packages; without them the
# login page answers 500. Two of them have moved their files since, in sid.
PACKAGES = [
    "odoo-19/sid",
    "fonts-montserrat/sid",
    "fonts-dejavu-core/bookworm",
    "fonts-font-awesome/bookworm",
    "fonts-roboto-unhinted/bookworm",
    "fonts-glyphicons-halflings/bookworm",
    "fonts-inconsolata/bookworm",
    "fonts-ocr-b/bookworm",
    "libjs-jquery/bookworm",
    "libjs-underscore/bookworm",
    "libjs-jquery-form/bookworm",
]
# Raised when PACKAGES or the way of unpacking changes: the folder is made anew.
_LAYOUT = 1
_NEEDED_BYTES = 2_500_000_000
_PYTHON_FOLDER = "usr/lib/python3/dist-packages"
_REQUIRED = (
    "odoo/release.py",
    "odoo/cli/shell.py",
    "odoo/addons/web/__manifest__.py",
    "odoo/addons/account_payment/__manifest__.py",
    "odoo/addons/l10n_no/__manifest__.py",
)


def series_of(package):
    """The (major, minor) version of an `odoo` package folder, None if unreadable."""
    try:
        text = (package / "release.py").read_text()
    except OSError:
        return None
    match = re.search(r"^version_info\s*=\s*\(\s*(\d+)\s*,\s*(\d+)", text, re.M)
    return tuple(int(part) for part in match.groups()) if match else None


def own_odoo(home):
    """The folder that holds the `odoo` package of the Odoo that ODOO_HOME names.

    :param home: a git checkout (odoo-bin, odoo/, addons/), a folder that contains
        the `odoo` package, or that package itself
    :raise Problem: when it is no Odoo, or another version
    """
    home = Path(home).expanduser().absolute()
    for folder in (home, home.parent):
        if (folder == home or home.name == "odoo") and (
            folder / "odoo/release.py"
        ).is_file():
            break
    else:
        raise Problem(
            f"ODOO_HOME is {home}, and there is no Odoo there: it should be a checkout "
            "with odoo-bin and addons/, or a folder that contains the odoo package."
        )
    series = series_of(folder / "odoo")
    if series != ODOO_SERIES:
        found = ".".join(map(str, series)) if series else "of unknown version"
        raise Problem(
            f"ODOO_HOME is {home}, and that is Odoo {found}; it must be 19.0."
        )
    addons = [folder / "odoo/addons", folder / "addons"]
    if not any((path / "account_payment").is_dir() for path in addons):
        raise Problem(
            f"ODOO_HOME is {home}, and its addons (account_payment, …) are missing."
        )
    return folder


def odoo_folder():
    """The folder to put on PYTHONPATH; downloads and unpacks Odoo when needed.

    :return: a pathlib.Path
    :raise Problem: when there is none and none can be had
    """
    home = os.environ.get("ODOO_HOME")
    if home:
        return own_odoo(home)
    target = cache_folder() / "odoo-19"
    if not _is_complete(target):
        with locked("odoo", "it is fetching Odoo 19"):
            if not _is_complete(target):
                _fetch(target)
    return target / _PYTHON_FOLDER


def _is_complete(target):
    try:
        stamp = json.loads((target / "stamp.json").read_text())
    except (OSError, ValueError):
        return False
    code = target / _PYTHON_FOLDER
    return stamp.get("layout") == _LAYOUT and all(
        (code / f).is_file() for f in _REQUIRED
    )


def _fetch(target):
    # The downloads stay beside until all is done, so that an interrupted set-up
    # goes on with what is whole; the unpacked tree is always begun anew.
    work = target.with_name("odoo-19.part")
    apt = PrivateApt(work / "apt", ["sid", "bookworm"])
    free = shutil.disk_usage(target.parent).free
    if free < _NEEDED_BYTES:
        raise Problem(
            f"Odoo 19 and its databases need {_NEEDED_BYTES / 1e9:.1f} GB in "
            f"{target.parent}, and {free / 1e9:.1f} GB are free."
        )
    with progress.Step("Odoo 19 · reading Debian's package lists"):
        apt.update()
    with progress.Step("Odoo 19 · downloading") as step:
        paths = apt.download(
            PACKAGES, work / "debs", lambda percent: step.update(f"{percent} %")
        )
        step.note = ""
    _unpack(paths, work / "root", target)
    shutil.rmtree(work, ignore_errors=True)


def _unpack(paths, root, target):
    """Unpack the package files into `root`, check it, rename it to `target`."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    with progress.Step("Odoo 19 · unpacking") as step:
        for number, path in enumerate(paths, 1):
            step.update(f"{number} of {len(paths)} packages")
            run(["dpkg-deb", "-x", path, root], f"unpack {path.name}")
        step.update(f"{len(paths)} of {len(paths)} packages")
        code = root / _PYTHON_FOLDER
        lost = [name for name in _REQUIRED if not (code / name).is_file()]
        lost += [
            str(path)
            for path in (code / "odoo").rglob("*")
            if path.is_symlink() and not path.exists()
        ]
        if lost or series_of(code / "odoo") != ODOO_SERIES:
            raise Problem(
                "Debian's odoo-19 package does not look as expected (missing: "
                f"{', '.join(lost[:5]) or 'its version'}); set ODOO_HOME to an Odoo 19 "
                "that is already there."
            )
        stamp = {"layout": _LAYOUT, "packages": [path.name for path in paths]}
        (root / "stamp.json").write_text(json.dumps(stamp, indent=1))
    shutil.rmtree(target, ignore_errors=True)
    root.rename(target)
