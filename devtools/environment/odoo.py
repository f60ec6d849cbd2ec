"""How Odoo is called: its configuration file, its environment, its command."""

import hashlib
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from .problem import Problem
from .settings import ADDON, ODOO_VARIABLE, ROOT, cache_folder

# In a folder of its own: what lies beside it could be imported by Odoo.
_COMMAND = ROOT / "devtools" / "bin" / "odoo"


def odoo_folder():
    """The folder that holds the `odoo` package, as ./dev found it.

    :raise Problem: outside of ./dev
    """
    folder = os.environ.get(ODOO_VARIABLE)
    if not folder:
        raise Problem("Odoo's place is not known here; run this through ./dev.")
    return Path(folder)


def data_folder():
    """Odoo's data folder (file stores, sessions) in the cache."""
    folder = cache_folder() / "odoo-data"
    folder.mkdir(exist_ok=True)
    return folder


def filestore(name):
    """The folder of the files of the database `name`; it need not exist."""
    return data_folder() / "filestore" / name


def addons_path():
    """The folders with addons beside Odoo's core ones: list of paths."""
    folders = [odoo_folder() / "addons"]
    folders = [path for path in folders if (path / "web/__manifest__.py").is_file()]
    if (ROOT / ADDON / "__manifest__.py").is_file():
        folders.append(ROOT)
    # Addons that come as wheels: OCA's job queue, for the tests of our glue.
    wheels = Path(sysconfig.get_path("purelib")) / "odoo" / "addons"
    if wheels.is_dir():
        folders.append(wheels)
    return folders


def config_file():
    """Write Odoo's configuration file for this checkout and return its path."""
    text = "\n".join(
        [
            "[options]",
            f"addons_path = {','.join(map(str, addons_path()))}",
            f"data_dir = {data_folder()}",
            "http_interface = 127.0.0.1",
            "list_db = True",
            "",
        ]
    )
    key = hashlib.sha256(text.encode()).hexdigest()[:12]
    path = cache_folder() / f"odoo-{key}.conf"
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(text)
        fresh.replace(path)
    return path


def command(*arguments):
    """The command line that runs Odoo with these arguments: list of strings."""
    return [sys.executable, str(_COMMAND), *map(str, arguments)]


def environment():
    """The environment variables for Odoo's processes: dict."""
    return {**os.environ, "ODOO_RC": str(config_file()), "PYTHONUNBUFFERED": "1"}


def run_quietly(arguments, purpose, log, script=None, pass_fds=(), on_line=None):
    """Run an Odoo command to its end, its log in a file.

    :param arguments: Odoo's arguments
    :param purpose: what it is for, as in "Could not {purpose}"
    :param log: path of the log file; it is appended to
    :param script: text for its standard input
    :param on_line: called with each line of the log as it comes
    :raise Problem: when it fails, with the log's errors
    """
    said = []
    with tempfile.TemporaryFile("w+") as stdin, log.open("a") as file:
        stdin.write(script or "")
        stdin.seek(0)
        process = subprocess.Popen(
            command(*arguments),
            stdin=stdin,
            stdout=file,
            stderr=file,
            env=environment(),
            pass_fds=pass_fds,
        )
        try:
            with log.open(errors="replace") as reading:
                reading.seek(file.tell())
                running = True
                while running:
                    # Looked at before reading, so that the last words are read too.
                    running = process.poll() is None
                    for line in reading:
                        said.append(line)
                        if on_line:
                            on_line(line)
                    time.sleep(0.1 if running else 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
    text = "".join(said)
    if process.returncode or " CRITICAL " in text:
        raise Problem(f"Could not {purpose}; the log, {log}, says:\n{essence(text)}")


def essence(log, lines=25):
    """The part of a log that tells what went wrong.

    :param log: its text
    :return: its last `lines` lines, from the last error on where there is one
    """
    all_lines = log.rstrip().splitlines()
    errors = [
        number
        for number, line in enumerate(all_lines)
        if " ERROR " in line or " CRITICAL " in line or line.startswith("Traceback")
    ]
    tail = all_lines[errors[-1] :] if errors else all_lines
    if len(tail) > lines:
        tail = [*tail[:3], "…", *tail[-lines:]]
    return "\n".join(f"  {line}" for line in tail)
