"""How Odoo is called: its configuration file, its environment, its command."""

import hashlib
import os
import sys
import sysconfig
import tempfile
from pathlib import Path

from .problem import Problem
from .processes import run
from .settings import ODOO_VARIABLE, ROOT, cache_folder

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
    # Addons that come as wheels: OCA's job queue, for the tests of our glue.
    wheels = Path(sysconfig.get_path("purelib")) / "odoo" / "addons"
    return [*folders, ROOT, wheels]


def config_file():
    """Write Odoo's configuration file for this checkout and return its path."""
    text = f"""[options]
addons_path = {",".join(map(str, addons_path()))}
data_dir = {data_folder()}
http_interface = 127.0.0.1
list_db = True
"""
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


def run_quietly(arguments, purpose, log, script=None, on_line=None):
    """Run an Odoo command to its end, its log in a file.

    :param arguments: Odoo's arguments
    :param purpose: what it is for, as in "Could not {purpose}"
    :param log: path of the log file; it is appended to
    :param script: text for its standard input
    :param on_line: called with each line of the log as it comes
    :raise Problem: when it fails, with the log's errors
    """
    said, failed = [], False
    with tempfile.TemporaryFile("w+") as stdin, log.open("a") as file:
        stdin.write(script or "")
        stdin.seek(0)

        def keep(line):
            said.append(line)
            print(line, file=file, flush=True)
            if on_line:
                on_line(line)

        try:
            run(
                command(*arguments),
                purpose,
                env=environment(),
                stdin=stdin,
                on_line=keep,
            )
        except Problem:
            failed = True
    if failed or any(" CRITICAL " in line for line in said):
        words = essence("\n".join(said))
        raise Problem(f"Could not {purpose}; the log, {log}, says:\n{words}")


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
