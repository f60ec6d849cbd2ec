"""A Python that will not do, and a port that is taken."""

import importlib.util
import socket

import pytest

from devtools.environment import ports, venv
from devtools.environment.problem import Problem


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
