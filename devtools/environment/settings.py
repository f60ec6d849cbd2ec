"""Where things are and what they are called."""

import os
from pathlib import Path

from .problem import Problem

ROOT = Path(__file__).resolve().parents[2]
ADDON = "konfidens_payments"
# Glue installs itself beside other addons; what the first need, Odoo installs itself.
GLUE_ALWAYS = ("konfidens_payments_ubl", "konfidens_payments_peppol")
GLUE = (*GLUE_ALWAYS, "konfidens_payments_queue_job")
ODOO_SERIES = (19, 0)
PYTHON_MIN, PYTHON_MAX = (3, 10), (3, 13)

# How ./dev tells the processes it starts where Odoo's package lies.
ODOO_VARIABLE = "KONFIDENS_PAYMENTS_ODOO"
CACHE_VARIABLE = "KONFIDENS_PAYMENTS_CACHE"


def cache_folder():
    """The folder for everything that can be made again; it exists afterwards.

    :return: a pathlib.Path
    :raise Problem: where it cannot be made
    """
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        folder = Path(named).expanduser().absolute()
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        folder = Path(base) / ADDON
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "locks").mkdir(exist_ok=True)
    except OSError as error:
        raise _no_cache(f"{folder} cannot be made ({error.strerror})") from error
    if os.geteuid() not in (0, folder.stat().st_uid):
        # Two users would leave each other files that they cannot write to.
        raise _no_cache(f"{folder} belongs to another user")
    return folder


def _no_cache(why):
    return Problem(
        f"The cache folder {why}; set {CACHE_VARIABLE} to a folder of your own."
    )
