"""Databases with the addon, made and copied."""

import pytest

from devtools.database import catalog, templates
from devtools.database.installed import create, test_database
from devtools.environment import odoo
from devtools.environment.problem import Problem


@pytest.fixture(scope="module")
def database():
    with test_database() as name:
        yield name


def test_database_has_the_addon_and_a_chart_of_accounts(database):
    rows = catalog.execute_in(
        database,
        "SELECT m.state, c.chart_template FROM ir_module_module m, res_company c"
        " WHERE m.name = 'konfidens_payments'",
    )
    assert rows == [("installed", "no")]


def test_copy_has_its_own_rows_and_files():
    files = odoo.filestore("kp_copy_source")
    try:
        catalog.execute("CREATE DATABASE {}", "kp_copy_source")
        catalog.execute_in("kp_copy_source", "CREATE TABLE t AS SELECT 42 AS n")
        (files / "ab").mkdir(parents=True)
        (files / "ab/abc").write_text("content")
        catalog.copy("kp_copy_source", "kp_copy_target")
        catalog.drop("kp_copy_source")
        assert not files.exists()
        assert catalog.execute_in("kp_copy_target", "SELECT n FROM t") == [(42,)]
        copied = odoo.filestore("kp_copy_target") / "ab/abc"
        assert copied.read_text() == "content"
    finally:
        catalog.drop("kp_copy_source")
        catalog.drop("kp_copy_target")
    assert not catalog.exists("kp_copy_target")
    assert not odoo.filestore("kp_copy_target").exists()


def test_create_refuses_a_name_that_is_taken(database):
    with pytest.raises(Problem, match="exists already; --force replaces it"):
        create(database)


@pytest.mark.parametrize("name", ["postgres", "a b", "", templates.PREFIX + "x"])
def test_create_refuses_bad_names(name):
    with pytest.raises(Problem, match="is no name for a database"):
        create(name, force=True)


def test_key_of_the_addon_follows_its_files_but_not_its_tests(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "a.py").write_text("1")
    before = templates.addon_hash(tmp_path)
    (tmp_path / "tests/test_a.py").write_text("1")
    assert templates.addon_hash(tmp_path) == before
    (tmp_path / "a.py").write_text("2")
    assert templates.addon_hash(tmp_path) != before
