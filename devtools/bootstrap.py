"""What ./dev does with the system's Python: set up, then go on in the environment."""

import errno
import os
import sys

from .cli import parse
from .environment.odoo_source import odoo_folder
from .environment.problem import Problem
from .environment.settings import CACHE_VARIABLE, ODOO_VARIABLE, ROOT, cache_folder
from .environment.venv import venv_python


def main(arguments):
    """Run ./dev.

    :param arguments: list of strings, without the program
    :return: the exit status; it returns only where something is wrong, otherwise
        the command takes this process over
    """
    options = parse(arguments)
    return guarded(_hand_over, options.command, arguments)


def _hand_over(command, arguments):
    # Odoo first: where it cannot be had, that is known before minutes of pip.
    odoo = odoo_folder() if command != "lint" else None
    python = venv_python()
    environment = dict(os.environ)
    environment[CACHE_VARIABLE] = str(cache_folder())
    # A repository is no place for compiled files of two Pythons and two users; and
    # without any, each of Odoo's processes compiles a thousand files anew.
    environment["PYTHONPYCACHEPREFIX"] = str(cache_folder() / "compiled")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    folders = [str(ROOT)]
    if odoo:
        environment[ODOO_VARIABLE] = str(odoo)
        folders.append(str(odoo))
    environment["PYTHONPATH"] = os.pathsep.join(folders)
    environment.pop("PYTHONHOME", None)
    sys.stderr.flush()
    os.execve(python, [str(python), "-m", "devtools", *arguments], environment)


def guarded(function, *arguments):
    """Call a command; a problem becomes a sentence, not a traceback.

    :return: what the function returns as exit status, 1 after a problem, 130 after
        Ctrl-C
    """
    try:
        return function(*arguments) or 0
    except Problem as problem:
        print(f"dev: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("dev: interrupted", file=sys.stderr)
        return 130
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        print(
            f"dev: The disk is full ({error.filename or cache_folder()}); make room "
            f"or set {CACHE_VARIABLE} to a folder on another disk.",
            file=sys.stderr,
        )
        return 1
