"""Servers and the RPC client, on a real Odoo."""

import contextlib
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest

from devtools.database.installed import test_database
from devtools.environment.clock import wait_until
from devtools.environment.problem import Problem
from devtools.practice.rpc import RpcClient, RpcError
from devtools.practice.server import OdooServer


@pytest.fixture(scope="module")
def database():
    with test_database() as name:
        yield name


@pytest.fixture(scope="module")
def server(database):
    with OdooServer(database) as running:
        yield running


def test_rpc(server, database):
    client = RpcClient(server.url, database)
    partner = client.call("res.partner", "create", {"name": "Kari"})
    rows = client.call("res.partner", "read", [partner], fields=["name"])
    assert rows == [{"id": partner, "name": "Kari"}]


def test_rpc_error_carries_the_words_for_the_user(server, database):
    client = RpcClient(server.url, database)
    with pytest.raises(RpcError, match="^The operation cannot be completed") as refused:
        client.call("res.partner", "create", {"name": False})
    assert refused.value.name == "odoo.exceptions.ValidationError"
    assert "Traceback" in refused.value.debug


def test_rpc_refuses_a_wrong_password(server, database):
    with pytest.raises(RpcError, match="Access Denied"):
        RpcClient(server.url, database, password="wrong")


def test_server_survives_a_kill(server):
    pid = server.pid
    server.kill()
    assert server.pid is None
    with pytest.raises(OSError):
        urllib.request.urlopen(server.url, timeout=2)
    server.start()
    assert server.pid not in (None, pid)
    assert "HTTP service (werkzeug) running" in server.log_tail(200)


def test_server_ends_when_its_tests_are_killed(database):
    code = "import sys; from devtools.practice.server import OdooServer\n"
    code += f"with OdooServer({database!r}) as s: print(s.pid, flush=True); input()"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = int(process.stdout.readline())
    assert psutil.Process(pid).is_running()
    process.kill()
    process.communicate()
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(20)


def test_server_that_dies_says_why(database):
    server = OdooServer(database, arguments=["--no-such-option"])
    with pytest.raises(Problem, match="no such option: --no-such-option"):
        server.start()
    assert not server.is_running()


def test_server_on_a_taken_port(server, database):
    with pytest.raises(Problem, match="taken"):
        OdooServer(database, port=server.port).start()


def test_with_workers_no_process_is_started_again_and_again(database):
    with OdooServer(database, workers=1) as running:
        begun = "Evented Service (longpolling) running"
        wait_until(lambda: begun in running.log_tail(1000), what="all processes")
        time.sleep(1)
        assert "Traceback" not in running.log_tail(1000)
