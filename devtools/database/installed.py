"""Databases with the addon installed: for a test, or to stay."""

import contextlib
import os
import re
import secrets

import psycopg2

from ..environment.problem import Problem
from ..environment.settings import ADDON
from . import catalog, postgres, templates

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_RESERVED = ("postgres", "template0", "template1")


@contextlib.contextmanager
def test_database(prefix="test", demo=False, addon=True, modules="", practice=False):
    """A fresh database with the addon installed; it is dropped at the end.

    :param prefix: how its name begins
    :param demo: with the addon's demo data
    :param addon: False for one in which the addon can still be installed
    :param modules: more of Odoo's modules, e.g. "sms_twilio,sale"
    :param practice: with that of the addon's tests
    :return: its name
    :raise Problem: when the addon does not install
    """
    name = f"{prefix}_{os.getpid()}_{secrets.token_hex(3)}"
    with (
        templates.addon_template(demo, modules, practice)
        if addon
        else templates.base_template(modules)
    ) as template:
        catalog.copy(template, name)
    catalog.mark_temporary(name)
    try:
        yield name
    finally:
        catalog.drop(name)


# A name that begins with `test` would be collected by pytest.
test_database.__test__ = False


def run(options):
    """Make a database that stays, and say how to open it: ./dev database.

    :return: 0
    """
    with postgres.running():
        create(options.name, options.demo, options.force)
    print(
        f"The database {options.name} is ready, with {ADDON} and a chart of accounts."
    )
    print(f"Open it:  ./dev odoo server -d {options.name}")
    print("then http://localhost:8069 and log in as admin with the password admin.")
    return 0


def create(name, demo=False, force=False):
    """Make a database that stays, with the addon installed.

    :param force: replace one of that name
    :raise Problem: when the name is no good or taken, or the addon does not install
    """
    reserved = name in _RESERVED or name.startswith(templates.PREFIX)
    if reserved or not _NAME.fullmatch(name):
        raise Problem(
            f"{name!r} is no name for a database of yours: it takes letters, digits, "
            "'_', '.' and '-', and some names are PostgreSQL's own or a template's."
        )
    if catalog.exists(name) and not force:
        raise Problem(
            f"The database {name} exists already; --force replaces it, and all that is "
            "in it is lost."
        )
    with templates.addon_template(demo) as template:
        catalog.drop(name)
        try:
            catalog.copy(template, name)
        except psycopg2.Error as error:
            raise Problem(f"The database {name} could not be made: {error}") from error
