"""PostgreSQL is shared by the calls that use it, and stopped by the last of them."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from devtools.environment.settings import CACHE_VARIABLE

# Uses the server until its standard input ends.
USE = """
import sys
from devtools.database import catalog, postgres
from devtools.database.cluster import Cluster
def pid():
    cluster = Cluster()
    note = cluster.data / "postmaster.pid"
    return int(note.read_text().split()[0]) if cluster.is_running() else None
with postgres.running():
    if "temporary" in sys.argv:
        catalog.execute("CREATE DATABASE left_behind")
        catalog.mark_temporary("left_behind")
        # as the processes of one test run have them
        catalog.execute("CREATE DATABASE {}", "left_behind-gw0")
    print(pid(), len(catalog.names_like("left_behind")), flush=True)
    sys.stdin.read()
print(pid(), flush=True)
"""


@pytest.fixture(scope="module")
def env():
    """Environment variables for a server of these tests' own."""
    # Open to all, so that root's server finds its data here and not in /var/cache.
    folder = Path(tempfile.mkdtemp(prefix="kp-"))
    folder.chmod(0o755)
    variables = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    yield {**variables, CACHE_VARIABLE: str(folder)}
    shutil.rmtree(folder)


class User:
    """A process that uses the server."""

    def __init__(self, env, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-c", USE, *arguments],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def line(self):
        return self.process.stdout.readline().strip()

    def leave(self):
        """End it; returns the server's process id afterwards, "None" without one."""
        self.process.stdin.close()
        last = self.line()
        assert self.process.wait(30) == 0
        return last

    def kill(self):
        self.process.kill()
        self.process.wait()


def test_shared_and_stopped_by_the_last(env):
    first, second = User(env), User(env)
    pid = first.line()
    assert pid == second.line() != "None"
    assert first.leave() == pid.split()[0]
    assert second.leave() == "None"


def test_killed_call_leaves_it_to_the_next(env):
    first = User(env, "temporary")
    pid, there = first.line().split()
    assert there == "2"
    first.kill()
    second = User(env)
    assert second.line() == f"{pid} 2"
    assert second.leave() == "None"
    # What the killed one left behind went with the last who left.
    third = User(env)
    assert third.line().endswith(" 0")
    assert third.leave() == "None"


def test_killed_server_is_started_again(env):
    first = User(env)
    pid = int(first.line().split()[0])
    os.kill(pid, signal.SIGKILL)
    second = User(env)
    new_pid = second.line().split()[0]
    assert new_pid not in ("None", str(pid))
    assert first.leave() == new_pid
    assert second.leave() == "None"


def test_after_a_crash_of_the_machine_it_begins_anew(env):
    first = User(env)
    first.line()
    first.leave()
    home = Path(env[CACHE_VARIABLE]) / "postgres"
    (home / "running").write_text("an earlier run of the machine")
    (old,) = home.glob("data-*")
    (old / "old").touch()
    second = User(env)
    second.line()
    assert second.leave() == "None"
    assert old.exists() and not (old / "old").exists()


def test_odoos_own_commands_find_it(env):
    done = subprocess.run(
        [sys.executable, "-m", "devtools", "odoo", "db", "drop", "nothing"],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert "Database nothing does not exist" in done.stdout


def test_own_server_that_is_not_there(env, tmp_path):
    code = "from devtools import bootstrap\nfrom devtools.database import postgres\n"
    code += "use = postgres.running().__enter__\n"
    code += "import sys; sys.exit(bootstrap.guarded(use))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**env, "PGHOST": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "The PostgreSQL that the PG* variables name cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
