"""The server's databases: which there are, copied, renamed, dropped.

Each with its file store, which Odoo keeps beside PostgreSQL.
"""

import contextlib
import os
import shutil

import psycopg2
from psycopg2 import sql

from ..environment import odoo

# The comment by which a database is known that nobody misses.
_TEMPORARY = "konfidens_payments: temporary"


def connect(name="postgres"):
    """A psycopg2 connection in autocommit to the database `name`.

    It uses the server that the PG* variables name (see `postgres.running`).
    """
    connection = psycopg2.connect(dbname=name, connect_timeout=10)
    connection.autocommit = True
    return connection


def exists(name):
    """Whether there is a database of that name."""
    statement = "SELECT 1 FROM pg_database WHERE datname = %s"
    return bool(execute_in("postgres", statement, [name]))


def names_like(prefix):
    """The names of the databases that begin with `prefix`, the oldest first."""
    rows = execute_in(
        "postgres",
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY oid",
        [prefix],
    )
    return [name for (name,) in rows]


def execute(statement, *names, values=()):
    """Run a statement with `{}` in it for each name that follows.

    :param values: those of its `%s`
    """
    with contextlib.closing(connect()) as connection, connection.cursor() as cursor:
        statement = sql.SQL(statement).format(*map(sql.Identifier, names))
        cursor.execute(statement, values)


def execute_in(name, statement, values=()):
    """Run a statement in the database `name`; in it a `%` is written `%%`.

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
    execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    shutil.rmtree(odoo.filestore(name), ignore_errors=True)


def rename(source, target):
    """Rename a database and its file store."""
    files = odoo.filestore(source)
    shutil.rmtree(odoo.filestore(target), ignore_errors=True)
    if files.is_dir():
        files.rename(odoo.filestore(target))
    execute("ALTER DATABASE {} RENAME TO {}", source, target)


def mark_temporary(name):
    """Let the last user of the server drop this database if its maker cannot."""
    execute("COMMENT ON DATABASE {} IS %s", name, values=[_TEMPORARY])


def drop_temporary():
    """Drop what killed calls left behind; only while nobody else is there."""
    for (name,) in execute_in(
        "postgres",
        "SELECT copy.datname FROM pg_database made"
        # itself, and its copies for the processes of one run: made-gw0, made-gw1
        " JOIN pg_database copy ON copy.datname = made.datname"
        " OR starts_with(copy.datname, made.datname || '-gw')"
        " WHERE shobj_description(made.oid, 'pg_database') = %s",
        [_TEMPORARY],
    ):
        drop(name)
