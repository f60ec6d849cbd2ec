"""What a person meets: arguments, sentences instead of tracebacks, exit statuses."""

import errno
import importlib.util
import os
import socket
import subprocess
import sys

import pytest

from devtools import bootstrap, cli, lint, ports, system, testing, venv
from devtools.kill.scenarios import SCENARIOS
from devtools.problem import Problem
from devtools.settings import ADDON, GLUE_ALWAYS, ROOT

ADDON_FOLDER, TESTS = str(ROOT / ADDON), str(ROOT / "tests")
ADDON_FOLDERS = [ADDON_FOLDER, *(str(ROOT / name) for name in GLUE_ALWAYS)]
THIS = "tests/test_devtools_commands.py"


@pytest.mark.parametrize(
    "arguments, addon, system_tests",
    [
        ([], ADDON_FOLDERS, [TESTS]),
        (["-k", "foo"], ["-k", "foo", *ADDON_FOLDERS], ["-k", "foo", TESTS]),
        (["-x", "tests"], None, ["-x", TESTS]),
        ([THIS, "-k", "foo"], None, ["-k", "foo", str(ROOT / THIS)]),
        ([f"{THIS}::test_x[a]"], None, [str(ROOT / f"{THIS}::test_x[a]")]),
        ([ADDON], [ADDON_FOLDER], None),
        ([ADDON, "tests"], [ADDON_FOLDER], [TESTS]),
        ([*GLUE_ALWAYS], ADDON_FOLDERS[1:], None),
        (["-k", "tests"], ["-k", "tests", *ADDON_FOLDERS], ["-k", "tests", TESTS]),
    ],
)
def test_route(arguments, addon, system_tests):
    assert testing.route(arguments, ROOT) == (addon, system_tests)


def test_route_knows_paths_relative_to_where_one_is():
    here = ROOT / "tests"
    name = "test_devtools_commands.py"
    assert testing.route([name], here) == (None, [str(ROOT / THIS)])


def test_route_refuses_what_is_no_test():
    with pytest.raises(Problem, match="no test file or folder tests/test_nothing.py"):
        testing.route(["tests/test_nothing.py"])
    with pytest.raises(Problem, match="neither in konfidens_payments/ nor in tests/"):
        testing.route(["devtools"])


@pytest.mark.parametrize(
    "codes, totals, arguments, status",
    [
        ([0, 0], {"passed": 3}, [], 0),
        ([0, 5], {"passed": 3}, ["-k", "foo"], 0),
        ([0, 1], {"passed": 3, "failed": 1}, [], 1),
        ([1, 0], {"passed": 3, "failed": 1}, [], 1),
        ([5, 5], {}, ["-k", "foo"], 5),
        # pytest itself is content when every test was skipped.
        ([0, 0], {"skipped": 3}, [], 5),
        ([0], {}, ["--collect-only"], 0),
        ([4], {}, [], 4),
        ([139], {"passed": 3}, [], 139),
    ],
)
def test_verdict(codes, totals, arguments, status, capsys):
    assert testing.verdict(codes, totals, arguments) == status


def test_verdict_closes_with_the_sums(capsys):
    testing.verdict([0, 1], {"passed": 3, "failed": 1, "skipped": 2}, [])
    assert capsys.readouterr().out == "3 passed, 1 failed, 2 skipped\n"


def test_kill_offers_every_scenario(capsys):
    for name in SCENARIOS:
        assert cli.parse(["kill", "--what", name]).what == name
    with pytest.raises(SystemExit):
        cli.parse(["kill", "--what", "nothing"])
    offered = capsys.readouterr().err.partition("choose from")[2]
    assert len(offered.split(",")) == len(SCENARIOS)


def test_options_of_pytest_and_odoo_are_left_alone():
    assert cli.parse(["test", "-k", "foo", "-x"]).arguments == ["-k", "foo", "-x"]
    options = cli.parse(["odoo", "shell", "-d", "x", "--help"])
    assert options.arguments == ["shell", "-d", "x", "--help"]


def test_database_options():
    options = cli.parse(["database", "x", "--demo"])
    assert (options.name, options.demo, options.force) == ("x", True, False)


@pytest.mark.parametrize("version", [(3, 9), (3, 14)])
def test_unsupported_python(version):
    with pytest.raises(Problem, match="needs Python 3.10 to 3.13 and this is 3"):
        venv.check_python(version)


@pytest.mark.parametrize("missing", [{"venv"}, {"ensurepip", "pip"}])
def test_python_without_venv(missing, tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name in missing else find(name),
    )
    with pytest.raises(Problem, match="apt-get install python3-venv"):
        venv._make_bare(tmp_path)


def test_port_taken():
    with socket.socket() as taken:
        taken.bind((ports.LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Problem, match=f"Port {port} cannot be used .taken."):
            ports.check_port(port)
        with pytest.raises(Problem, match="taken"):
            ports.check_port_of(["server", "-d", "x", "-p", str(port)])
        with pytest.raises(Problem, match="taken"):
            ports.check_port_of(["-d", "x", f"--http-port={port}"])
        ports.check_port_of(["shell", "-d", "x", "-p", str(port)])
        ports.check_port_of(["server", "--stop-after-init", "-p", str(port)])
    ports.check_port(port)


def test_port_that_is_none():
    with pytest.raises(Problem, match="70000 is no port"):
        ports.check_port(70000)


def test_problem_is_a_sentence(capsys):
    def fail():
        raise Problem("Do this.")

    assert bootstrap.guarded(fail) == 1
    assert capsys.readouterr().err == "dev: Do this.\n"


def test_full_disk_is_a_sentence(capsys):
    def fail():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/x")

    assert bootstrap.guarded(fail) == 1
    assert "The disk is full (/x)" in capsys.readouterr().err


def test_other_errors_are_not_hidden():
    with pytest.raises(PermissionError):
        bootstrap.guarded(lambda: (_ for _ in ()).throw(PermissionError("x")))


def test_chromium_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "nothing"))
    with pytest.raises(Problem, match="there is no such program"):
        system.find_chromium()


def test_chromium_missing_for_an_ordinary_user(tmp_path, monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Problem, match="apt-get install chromium"):
        system.use_chromium()


def test_help_comes_at_once(tmp_path):
    """Without any set-up: the cache folder is not even made."""
    env = {**os.environ, "KONFIDENS_PAYMENTS_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, str(ROOT / "dev"), "--help"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0
    assert "ODOO_HOME" in done.stdout
    assert not (tmp_path / "cache").exists()


def test_lint_finds_broken_xml(tmp_path):
    (tmp_path / "good.xml").write_text("<odoo/>")
    assert list(lint.check_xml(tmp_path)) == []
    (tmp_path / "bad.xml").write_text("<odoo>")
    (sentence,) = lint.check_xml(tmp_path)
    assert "bad.xml: not well-formed" in sentence


def test_lint_finds_broken_translations(tmp_path):
    (tmp_path / "nb.po").write_text('msgid "a"\nmsgstr "b"\n')
    assert list(lint.check_po(tmp_path)) == []
    (tmp_path / "sv.po").write_text('<<<<<<< HEAD\nmsgid "a"\nmsgstr "b"\n')
    (sentence,) = lint.check_po(tmp_path)
    assert "sv.po: cannot be read" in sentence


def test_lint_finds_lost_placeholders(tmp_path):
    entry = '#. odoo-python\nmsgid "Pay %(amount)s"\nmsgstr "Betal {}"\n'
    (tmp_path / "nb.po").write_text(entry.replace("{}", "%(amount)s"))
    assert list(lint.check_po(tmp_path)) == []
    (tmp_path / "nb.po").write_text(entry.replace("{}", "%(belop)s"))
    (sentence,) = lint.check_po(tmp_path)
    assert "other placeholders than the original: Betal %(belop)s" in sentence
