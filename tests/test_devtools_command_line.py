"""What a person meets: arguments, sentences instead of tracebacks, exit statuses."""

import errno
import os
import runpy
import subprocess
import sys

import pytest

from devtools import bootstrap, cli
from devtools.environment.problem import Problem
from devtools.environment.settings import ROOT
from devtools.kill.scenarios import SCENARIOS


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


@pytest.mark.parametrize("python, taken", [("python3", True), ("python3.12", False)])
def test_runs_on_the_systems_python_unless_another_is_named(monkeypatch, python, taken):
    called = []

    def take_over(*arguments):
        called.append(arguments)
        sys.exit()

    monkeypatch.setattr(os, "execv", take_over)
    monkeypatch.setattr(os.path, "exists", lambda path: True)
    monkeypatch.setattr(subprocess, "call", lambda *_command, **_options: 0)
    monkeypatch.setattr(sys, "executable", f"/opt/bin/{python}")
    dev, system = str(ROOT / "dev"), "/usr/bin/python3"
    monkeypatch.setattr(sys, "argv", [dev, "--help"])
    with pytest.raises(SystemExit):
        runpy.run_path(dev)
    assert called == ([(system, [system, dev, "--help"])] if taken else [])


def test_help_comes_at_once(tmp_path):
    """Without any set-up: the cache folder is not even made."""
    env = {**os.environ, "KONFIDENS_PAYMENTS_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, str(ROOT / "dev"), "--help"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0
    assert "ODOO_HOME" in done.stdout
    assert not (tmp_path / "cache").exists()
