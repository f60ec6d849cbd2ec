"""What ./dev does inside the virtual environment."""

import sys

from . import cli
from .bootstrap import guarded
from .foreground import run_in_foreground
from .settings import ADDON, ROOT


def main(arguments):
    """Run the command that ./dev's arguments name; returns its exit status."""
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
    from . import ports

    if options.port:
        ports.check_port(options.port)
    arguments = [f"--port={options.port}"] if options.port else []
    arguments += ["--exit"] if options.exit else []
    return _run_module("devtools.demo", arguments)


def _kill(options):
    if options.times:
        return _run_module("devtools.times", [])
    names = ("what", "messages", "kills", "seed")
    arguments = [f"--{name}={getattr(options, name)}" for name in names]
    if options.sms_connections:
        arguments += [f"--sms-connections={options.sms_connections}"]
    if options.connections:
        arguments += [f"--connections={options.connections}"]
    return _run_module("devtools.kill", arguments)


def _bench(options):
    arguments = [f"--size={options.size}", *options.names]
    arguments += [f"--repeats={options.repeats}"] if options.repeats else []
    arguments += ["--profile"] if options.profile else []
    arguments += ["--quick"] if options.quick else []
    arguments += [f"--json={options.json}"] if options.json else []
    module = "devtools.growth" if options.growth else "devtools.bench"
    return _run_module(module, arguments)


def _run_module(name, arguments):
    from . import postgres

    with postgres.running() as use:
        return run_in_foreground(
            [sys.executable, "-m", name, *arguments], pass_fds=[use] if use else ()
        )


def _test(options):
    from . import testing

    return testing.run(options.arguments)


def _lint(_options):
    from . import lint

    return lint.run()


def _translations(_options):
    from . import translations

    return translations.run()


def _database(options):
    from . import database, postgres

    with postgres.running():
        database.create(options.name, options.demo, options.force)
    print(
        f"The database {options.name} is ready, with {ADDON} and a chart of accounts."
    )
    print(f"Open it:  ./dev odoo server -d {options.name}")
    print("then http://localhost:8069 and log in as admin with the password admin.")


def _odoo(options):
    from . import odoo, ports, postgres

    ports.check_port_of(options.arguments)
    with postgres.running() as use:
        return run_in_foreground(
            odoo.command(*options.arguments),
            env=odoo.environment(),
            pass_fds=[use] if use else (),
        )


def _wheel(_options):
    from . import wheel

    return wheel.run()


def _pictures(_options):
    from . import postgres

    with postgres.running() as use:
        command = [sys.executable, "-m", "devtools.pictures"]
        return run_in_foreground(command, pass_fds=[use] if use else ())


if __name__ == "__main__":
    sys.path[:] = [p for p in sys.path if p not in ("", str(ROOT))] + [str(ROOT)]
    sys.exit(guarded(main, sys.argv[1:]))
