"""Databases: created as copies, dropped, with their file stores."""

import contextlib
import os
import re
import secrets
import shutil

import psycopg2
from psycopg2 import sql

from . import odoo, templates
from .postgres import connect
from .problem import Problem

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


def exists(name):
    """Whether there is a database of that name."""
    with contextlib.closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return bool(cursor.fetchone())


def names_like(prefix):
    """The names of the databases that begin with `prefix`, the oldest first."""
    with contextlib.closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
            " ORDER BY oid",
            [prefix],
        )
        return [name for (name,) in cursor.fetchall()]


def execute(statement, *names):
    """Run a statement with `{}` in it for each name that follows."""
    with contextlib.closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def execute_in(name, statement, values=()):
    """Run a statement in the database `name`.

    :return: the rows as a list of tuples, empty for a statement without any
    """
    with contextlib.closing(connect(name)) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def copy(source, target):
    """Make the database `target` as a copy of `source`, file store included.

    :raise psycopg2.Error: when somebody is connected to `source`, or `target` exists
    """
    with contextlib.closing(connect()) as connection:
        # Copying the files is several times faster than writing them to the log.
        strategy = " STRATEGY FILE_COPY" if connection.server_version >= 150000 else ""
    execute("CREATE DATABASE {} TEMPLATE {}" + strategy, target, source)
    files = odoo.filestore(source)
    if files.is_dir():
        # Odoo never changes a stored file, it only adds and removes: links will do.
        shutil.rmtree(odoo.filestore(target), ignore_errors=True)
        try:
            shutil.copytree(files, odoo.filestore(target), copy_function=os.link)
        except (OSError, shutil.Error):
            shutil.copytree(files, odoo.filestore(target), dirs_exist_ok=True)


def drop(name):
    """Drop a database with its file store, whoever is connected; no error if absent."""
    with contextlib.closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [name],
        )
    execute("DROP DATABASE IF EXISTS {}", name)
    shutil.rmtree(odoo.filestore(name), ignore_errors=True)


def rename(source, target):
    """Rename a database and its file store."""
    files = odoo.filestore(source)
    shutil.rmtree(odoo.filestore(target), ignore_errors=True)
    if files.is_dir():
        files.rename(odoo.filestore(target))
    execute("ALTER DATABASE {} RENAME TO {}", source, target)


@contextlib.contextmanager
def test_database(prefix="test", demo=False):
    """A fresh database with the addon installed; it is dropped at the end.

    :param prefix: how its name begins
    :param demo: with the addon's demo data
    :return: its name
    :raise Problem: when the addon does not install
    """
    name = f"{prefix}_{os.getpid()}_{secrets.token_hex(3)}"
    with templates.addon_template(demo) as template:
        copy(template, name)
    try:
        yield name
    finally:
        drop(name)


# A name that begins with `test` would be collected by pytest.
test_database.__test__ = False


def create(name, demo=False, force=False):
    """Make a database that stays, with the addon installed.

    :param force: replace one of that name
    :raise Problem: when the name is no good or taken, or the addon does not install
    """
    if not _NAME.fullmatch(name) or name.startswith(templates.PREFIX):
        raise Problem(
            f"{name!r} is no name for a database: letters, digits, '_', '.', '-', and "
            f"not beginning with {templates.PREFIX}."
        )
    if exists(name) and not force:
        raise Problem(
            f"The database {name} exists already; --force replaces it, and all that is "
            "in it is lost."
        )
    with templates.addon_template(demo) as template:
        drop(name)
        try:
            copy(template, name)
        except psycopg2.Error as error:
            raise Problem(f"The database {name} could not be made: {error}") from error
