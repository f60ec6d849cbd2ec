"""What ./dev does inside the virtual environment."""

import importlib
import signal
import sys

from . import cli
from .bootstrap import guarded
from .database import postgres
from .environment import odoo, ports
from .environment.processes import run_in_foreground
from .environment.settings import ROOT

# Where the commands are; each has a function `run` of the command's options.
_MODULES = {
    "database": "database.installed",
    "demo": "demo.play",
    "kill": "kill.command",
    "lint": "sources.lint",
    "pictures": "pictures.guide",
    "test": "testing.run",
    "translations": "sources.translations",
    "wheel": "sources.wheel",
}


def main(arguments):
    """Run the command that ./dev's arguments name; returns its exit status."""
    # A `kill` leaves no more behind than Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = cli.parse(arguments)
    if options.command == "odoo":
        ports.check_port_of(options.arguments)
        return _in_foreground(odoo.command(*options.arguments), odoo.environment)
    if options.command == "bench":
        return _measure("benchmarks", *options.arguments)
    if options.command == "kill" and options.times:
        return _measure("benchmarks.message_times")
    module = importlib.import_module(f"devtools.{_MODULES[options.command]}")
    return module.run(options)


def _measure(module, *arguments):
    return _in_foreground([sys.executable, "-m", module, *arguments])


def _in_foreground(command_line, environment=lambda: None):
    """Run a command that uses PostgreSQL; returns its exit status.

    :param environment: function that returns its environment variables, asked when
        those of PostgreSQL are set; default: all of this process
    """
    with postgres.running() as use:
        return run_in_foreground(command_line, environment(), [use] if use else ())


if __name__ == "__main__":
    sys.path[:] = [p for p in sys.path if p not in ("", str(ROOT))] + [str(ROOT)]
    sys.exit(guarded(main, sys.argv[1:]))
