"""Getting Odoo: with an apt-get and a dpkg-deb of ours at the edge, all else real."""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import time

import pytest

from devtools.environment import odoo_source
from devtools.environment.apt import PrivateApt, has_sum
from devtools.environment.problem import Problem
from devtools.environment.settings import CACHE_VARIABLE, ROOT

# Both find the mirror in $MIRROR and note in $TRACE that they were called.
APT_GET = """#!/usr/bin/env python3
import hashlib, os, pathlib, shutil, sys
mirror = pathlib.Path(os.environ["MIRROR"])
words = [word for word in sys.argv[1:] if "/" in word and "=" not in word]
if "indextargets" in sys.argv:
    print("file:///mirror/debian/|main|Debian|Debian|Packages")
for word in words if "download" in sys.argv else []:
    name = word.split("/")[0] + "_1_all.deb"
    data = (mirror / name).read_bytes()
    if "--print-uris" in sys.argv:
        sum = hashlib.sha256(data).hexdigest()
        print(f"'file:///mirror/{name}' {name} {len(data)} SHA256:{sum}")
    else:
        with open(os.environ["TRACE"], "a") as trace:
            trace.write(f"download {name}\\n")
        if name == os.environ.get("TAMPERED"):
            data = data[:-1] + b"!"
        pathlib.Path(name).write_bytes(data)
"""
DPKG_DEB = """#!/bin/sh
echo "unpack $2" >> "$TRACE"
tar -xf "$2" -C "$3"
sleep "${UNPACK_SECONDS:-0}"
"""
PYTHON_FOLDER = "usr/lib/python3/dist-packages"


def make_package(path, files):
    with tarfile.open(path, "w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"{PYTHON_FOLDER}/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))


@pytest.fixture
def machine(tmp_path):
    """A machine with a Debian mirror; returns (environment variables, cache folder)."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "mirror").mkdir()
    for name, text in (("apt-get", APT_GET), ("dpkg-deb", DPKG_DEB)):
        program = tmp_path / "bin" / name
        program.write_text(text)
        program.chmod(0o755)
    for name in odoo_source.PACKAGES:
        files = {}
        if name.startswith("odoo-19"):
            files = dict.fromkeys(odoo_source._REQUIRED, "")
            files["odoo/release.py"] = "version_info = (19, 0, 0, FINAL, 0, '')\n"
        make_package(tmp_path / "mirror" / f"{name.split('/')[0]}_1_all.deb", files)
    env = {name: text for name, text in os.environ.items() if name != "ODOO_HOME"}
    env |= {
        "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "MIRROR": str(tmp_path / "mirror"),
        "TRACE": str(tmp_path / "trace"),
        CACHE_VARIABLE: str(tmp_path / "cache"),
    }
    return env, tmp_path / "cache"


def fetch(env, **more):
    """Start `odoo_folder()` in a process of its own."""
    code = "from devtools import bootstrap\n"
    code += "from devtools.environment import odoo_source as s\nimport sys; sys.exit("
    code += "bootstrap.guarded(lambda: print(s.odoo_folder())))"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**env, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def trace(env):
    try:
        with open(env["TRACE"]) as file:
            return file.read().splitlines()
    except FileNotFoundError:
        return []


def wait_for(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not happen in 20 s"
        time.sleep(0.01)


def test_first_call_fetches_and_later_calls_do_not(machine):
    env, cache = machine
    process = fetch(env)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert out.strip() == str(cache / "odoo-19" / PYTHON_FOLDER)
    assert "downloading" in err and "unpacking" in err
    assert not (cache / "odoo-19.part").exists()
    before = trace(env)
    process = fetch(env)
    _out, err = process.communicate()
    assert (process.returncode, err, trace(env)) == (0, "", before)


def test_interrupted_unpacking_is_redone_without_a_new_download(machine):
    env, cache = machine
    process = fetch(env, UNPACK_SECONDS="1")
    wait_for(lambda: any(line.startswith("unpack") for line in trace(env)))
    process.kill()
    process.communicate()
    assert not (cache / "odoo-19").exists()
    downloads = [line for line in trace(env) if line.startswith("download")]
    process = fetch(env)
    _out, err = process.communicate()
    assert process.returncode == 0, err
    assert [line for line in trace(env) if line.startswith("download")] == downloads
    stamp = json.loads((cache / "odoo-19/stamp.json").read_text())
    assert len(stamp["packages"]) == len(odoo_source.PACKAGES)


def test_half_a_download_is_fetched_again(machine):
    env, cache = machine
    debs = cache / "odoo-19.part/debs"
    debs.mkdir(parents=True)
    (debs / "odoo-19_1_all.deb").write_bytes(b"half")
    process = fetch(env)
    _out, err = process.communicate()
    assert process.returncode == 0, err
    assert "download odoo-19_1_all.deb" in trace(env)


def test_tampered_package_is_refused_and_removed(machine):
    env, cache = machine
    process = fetch(env, TAMPERED="odoo-19_1_all.deb")
    _out, err = process.communicate()
    assert process.returncode == 1
    assert "odoo-19_1_all.deb is not the file that Debian's signed lists" in err
    assert "Traceback" not in err
    assert not (cache / "odoo-19").exists()
    assert not (cache / "odoo-19.part/debs/odoo-19_1_all.deb").exists()


def test_two_calls_at_once_fetch_once(machine):
    env, _cache = machine
    processes = [fetch(env, UNPACK_SECONDS="0.1") for _ in range(2)]
    results = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], results
    assert results[0][0] == results[1][0]
    assert len(trace(env)) == 2 * len(odoo_source.PACKAGES)
    assert sum("waiting for another ./dev" in err for _out, err in results) == 1


def test_damaged_tree_is_fetched_again(machine):
    env, cache = machine
    fetch(env).communicate()
    release = cache / "odoo-19" / PYTHON_FOLDER / "odoo/release.py"
    release.unlink()
    process = fetch(env)
    process.communicate()
    assert process.returncode == 0
    assert release.exists()


def test_package_without_what_we_need_is_refused(machine):
    env, _cache = machine
    path = f"{env['MIRROR']}/odoo-19_1_all.deb"
    make_package(path, {"odoo/release.py": "version_info = (20, 0, 0, FINAL, 0, '')\n"})
    process = fetch(env)
    _out, err = process.communicate()
    assert process.returncode == 1
    assert "set ODOO_HOME" in err and "Traceback" not in err


def test_package_sum(tmp_path):
    (tmp_path / "a.deb").write_bytes(b"abc")
    assert has_sum(tmp_path / "a.deb", hashlib.sha256(b"abc").hexdigest())
    assert not has_sum(tmp_path / "a.deb", hashlib.sha256(b"abd").hexdigest())
    assert not has_sum(tmp_path / "b.deb", hashlib.sha256(b"abc").hexdigest())


def test_without_apt(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Problem, match="no apt-get: set ODOO_HOME to an Odoo 19"):
        PrivateApt(tmp_path, ["sid"])


def test_without_network(tmp_path, monkeypatch, machine):
    env, _cache = machine
    broken = tmp_path / "bin/apt-get"
    broken.write_text(
        APT_GET.replace("import hashlib", "import sys; 'update' in sys.argv and "
                        "sys.exit('E: Failed to fetch'); import hashlib")
    )  # fmt: skip
    process = fetch(env)
    _out, err = process.communicate()
    assert process.returncode == 1
    assert "no network?" in err and "Failed to fetch" in err
    assert "Traceback" not in err


def test_full_disk(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.delenv("ODOO_HOME", raising=False)
    usage = type("Usage", (), {"free": 1_000_000_000})
    monkeypatch.setattr(odoo_source.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(Problem, match="need 2.5 GB in .* and 1.0 GB are free"):
        odoo_source.odoo_folder()


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "addons/account_payment").mkdir(parents=True)
    release = tmp_path / "odoo/release.py"
    release.write_text("x = 1\nversion_info = (19, 0, 0, FINAL, 0, '')\n")
    return tmp_path


def test_odoo_home(checkout):
    assert odoo_source.own_odoo(checkout) == checkout
    assert odoo_source.own_odoo(checkout / "odoo") == checkout


def test_odoo_home_of_another_version(checkout):
    text = "version_info = (18, 0, 0, FINAL, 0, '')\n"
    (checkout / "odoo/release.py").write_text(text)
    with pytest.raises(Problem, match="that is Odoo 18.0; it must be 19.0"):
        odoo_source.own_odoo(checkout)


def test_odoo_home_that_is_none(tmp_path):
    with pytest.raises(Problem, match="there is no Odoo there"):
        odoo_source.own_odoo(tmp_path / "nowhere")


def test_odoo_home_without_addons(checkout):
    (checkout / "addons/account_payment").rmdir()
    with pytest.raises(Problem, match="its addons .* are missing"):
        odoo_source.own_odoo(checkout)
