"""Odoo's server as a copy of a process that has loaded Odoo, which takes seconds."""

import multiprocessing
import os
import signal
import sys
import threading

# What takes longest to load, and needs most of the rest.
_ADDONS = ("account", "account_peppol", "auth_passkey", "html_editor", "snailmail")
_LOADED = ["odoo.cli.server", *(f"odoo.addons.{name}" for name in _ADDONS)]
_copies = multiprocessing.get_context("forkserver")
_copies.set_forkserver_preload(_LOADED)


def start(command, environment, log):
    """Run an Odoo command in a process group of its own, until this process dies.

    :param command: as `odoo.command` returns it
    :param environment: dict of its environment variables
    :param log: path of the file that what it says is appended to
    :return: `multiprocessing.Process`
    """
    arguments = (command[1:], environment, log)
    process = _copies.Process(target=_run, args=arguments, daemon=True)
    process.start()
    return process


def _run(arguments, environment, log):
    os.setsid()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with open(os.devnull) as nothing, log.open("a") as said:
        for number, file in enumerate((nothing, said, said)):
            os.dup2(file.fileno(), number)
    # Odoo has set its time zone when it was loaded.
    os.environ.update(environment, TZ=os.environ["TZ"])
    sys.argv = arguments
    from odoo.cli import main

    main()


def _end_with_parent():
    multiprocessing.parent_process().join()
    os.kill(os.getpid(), signal.SIGTERM)
