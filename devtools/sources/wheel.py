"""./dev wheel: the addons as wheels, built the way OCA's are."""

import subprocess
import sys

from ..environment.problem import Problem
from ..environment.settings import ADDON, GLUE, ROOT

FOLDER = ROOT / "dist"


def build(folder=FOLDER):
    """Build the wheel of each addon.

    The version is the manifest's, and how often the addon was committed since.

    :param folder: where they lie afterwards
    :return: list of their paths
    :raise Problem: when one cannot be built
    """
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet"]
    command += ["--disable-pip-version-check", "--wheel-dir", str(folder)]
    command += [str(ROOT / name) for name in (ADDON, *GLUE)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Problem(f"The wheels could not be built:\n{done.stderr}")
    return sorted(folder.glob("odoo_addon_*.whl"))


def run(_options):
    """Build them, and say where they lie.

    :return: 0
    """
    for path in build():
        print(path.relative_to(ROOT))
    return 0
