"""What ./dev does inside the virtual environment."""

import signal
import sys

from . import cli
from .bootstrap import guarded
from .environment.settings import ADDON, ROOT


def main(arguments):
    """Run the command that ./dev's arguments name; returns its exit status."""
    # A `kill` leaves no more behind than Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = cli.parse(arguments)
    command = {
        "demo": _demo,
        "bench": _bench,
        "kill": _kill,
        "test": _test,
        "lint": _lint,
        "translations": _translations,
        "database": _database,
        "odoo": _odoo,
        "pictures": _pictures,
        "wheel": _wheel,
    }[options.command]
    return command(options)


def _demo(options):
    from .database import postgres
    from .demo import play
    from .environment import ports

    if options.port:
        ports.check_port(options.port)
    with postgres.running():
        return play.run(options.port, options.exit)


def _kill(options):
    from .database import postgres
    from .kill import command, timing

    with postgres.running():
        return timing.run() if options.times else command.run(options)


def _bench(options):
    return _in_foreground([sys.executable, "-m", "benchmarks", *options.arguments])


def _test(options):
    from .testing import run

    return run.run(options.arguments)


def _lint(_options):
    from .sources import lint

    return lint.run()


def _translations(_options):
    from .sources import translations

    return translations.run()


def _database(options):
    from .database import installed, postgres

    with postgres.running():
        installed.create(options.name, options.demo, options.force)
    print(
        f"The database {options.name} is ready, with {ADDON} and a chart of accounts."
    )
    print(f"Open it:  ./dev odoo server -d {options.name}")
    print("then http://localhost:8069 and log in as admin with the password admin.")


def _odoo(options):
    from .environment import odoo, ports

    ports.check_port_of(options.arguments)
    return _in_foreground(odoo.command(*options.arguments), odoo.environment())


def _in_foreground(command_line, env=None):
    """Run a command that uses PostgreSQL; returns its exit status."""
    from .database import postgres
    from .environment.processes import run_in_foreground

    with postgres.running() as use:
        return run_in_foreground(command_line, env, [use] if use else ())


def _pictures(_options):
    from .browser import pictures
    from .database import postgres

    with postgres.running():
        return pictures.run()


def _wheel(_options):
    from .sources import wheel

    return wheel.run()


if __name__ == "__main__":
    sys.path[:] = [p for p in sys.path if p not in ("", str(ROOT))] + [str(ROOT)]
    sys.exit(guarded(main, sys.argv[1:]))
