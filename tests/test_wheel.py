"""The addons as wheels: installed beside Odoo, and nothing of this checkout."""

import subprocess
import sys

import pytest

from devtools.database import catalog
from devtools.database.installed import test_database
from devtools.environment import odoo
from devtools.environment.settings import ADDON, GLUE, GLUE_ALWAYS, ROOT, cache_folder
from devtools.sources import wheel


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder into which pip has installed the wheels, and nothing else."""
    built = wheel.build(tmp_path_factory.mktemp("dist"))
    assert len(built) == 1 + len(GLUE)
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--quiet"]
    command += ["--disable-pip-version-check", "--target", str(folder)]
    subprocess.run([*command, *map(str, built)], check=True)
    return folder / "odoo" / "addons"


def test_holds_what_the_addon_needs(site):
    for name in (ADDON, *GLUE):
        assert (site / name / "__manifest__.py").is_file()
    for path in ("i18n/nb.po", "static/description/icon.png", "views/menus.xml"):
        assert (site / ADDON / path).is_file(), path


def test_installs_beside_odoo(site):
    folders = [path for path in odoo.addons_path() if path != ROOT]
    with test_database("test_wheel", addon=False) as name:
        log = cache_folder() / "logs" / f"{name}.log"
        arguments = ["server", "-d", name, "-i", ADDON, "--stop-after-init"]
        arguments += ["--no-http", "--max-cron-threads=0"]
        arguments += [f"--addons-path={','.join(map(str, [*folders, site]))}"]
        odoo.run_quietly(arguments, "install the wheel", log)
        log.unlink()
        rows = catalog.execute_in(
            name,
            "SELECT name, state, latest_version FROM ir_module_module"
            " WHERE name = ANY(%s) ORDER BY name",
            [[ADDON, *GLUE_ALWAYS]],
        )
    assert rows == [
        (ADDON, "installed", "19.0.1.0.0"),
        ("konfidens_payments_peppol", "installed", "19.0.1.0.0"),
        ("konfidens_payments_ubl", "installed", "19.0.1.0.0"),
    ]
