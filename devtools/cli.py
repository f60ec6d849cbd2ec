"""The commands of ./dev and their help. Standard library only."""

import argparse
from pathlib import Path

_EPILOG = """\
The first call sets everything up (some minutes, about 2.5 GB): Odoo 19 from
Debian's package, the locked Python packages and a PostgreSQL of its own. All of
it lies in one cache folder, and nothing on the system is changed, unless ./dev
runs as root: then a missing Chromium is installed for ./dev test, and PostgreSQL,
which refuses to run as root, gets a system user (konfidens-payments) and a folder
in /var/cache.

environment variables:
  KONFIDENS_PAYMENTS_CACHE  the cache folder (else $XDG_CACHE_HOME/konfidens_payments,
                            else ~/.cache/konfidens_payments)
  ODOO_HOME                 an Odoo 19 that is already there: a git checkout, or a
                            folder that contains the odoo package
  PGHOST, PGPORT, PGUSER, PGPASSWORD
                            a PostgreSQL that is already there; the role must be
                            allowed to create databases and not be called postgres
  CHROMIUM                  the browser's path
"""
_TEST_EPILOG = """\
The addon's own tests run through pytest-odoo, file by file in two processes, each on
a copy of the addon's template database; beside them the system tests, likewise, with
real servers.
A path under konfidens_payments/ or tests/ runs only that one of the two; every
other argument is pytest's and goes to both:

  ./dev test
  ./dev test tests/test_pay_link.py -k expired
  ./dev test konfidens_payments/tests/test_booking.py -x
"""
_KILL_EPILOG = """\
what breaks (SIGKILL, at random moments), and in the middle of what:

  server            a server that sends mails, beside Odoo's own scheduled messages
  two-servers       one of two servers, while people cancel, edit, complete and send
  mail              the mail server instead, while people do so
  postgres          PostgreSQL instead, likewise; Odoo with workers is started again
                    where it ends
  postgres-threads  the same without workers: Odoo lives on and does no job any more,
                    so it is watched, and started again when it waits for no job
  sms               a server that sends SMS, whose reports arrive or meet a dead server
  failover          the same where numbers are wrong and answers get lost, and what
                    fails goes by e-mail
  both              a server that sends by SMS and e-mail
  together          a server that sends one mail for three invoices (together-sms:
                    one SMS)
  reminders         a server that reminds of overdue invoices; receipts: one that
                    gives receipts of what is paid
  drafts            a server with billing runs that make drafts, while a colleague
                    presses Create Invoice on the same bookings
  run               a server with billing runs that send

Each break is judged by itself. It may repeat the mail that was under way (one for each
connection to the mail server) as the very same message, and leave an SMS of which
nobody knows whether it left; a person is asked about that. Nothing else may be.
"""
_WHAT = [
    "server", "two-servers", "mail", "postgres", "postgres-threads", "sms", "failover",
    "both", "together", "together-sms", "reminders", "receipts", "drafts", "run",
]  # fmt: skip
_BENCH_EPILOG = """\
Each comparison has a database of its own, and both of its sides run in turn. The
ratio is the median of those of the pairs. Let nothing else run meanwhile.

  ./dev bench
  ./dev bench --quick
  ./dev bench --size 100 drafts completion

--growth measures something else: what a booking takes from draft to completed when
there are 1, 10 and 100 times --size bookings already. It prints the tables of
docs/speed.md and draws docs/pictures/growth.svg, or, with --json FILE, a picture
beside that file.

  ./dev bench --growth
"""
_ODOO_EPILOG = """\
  ./dev odoo server -d NAME
  ./dev odoo shell -d NAME < script.py
"""


def parser():
    """The argument parser of ./dev."""
    raw = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(
        prog="./dev",
        description="Runs, tests and checks the addon on a real Odoo 19.",
        epilog=_EPILOG,
        formatter_class=raw,
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    demo = commands.add_parser(
        "demo", help="play the main job on a real Odoo and serve it"
    )
    demo.add_argument(
        "--port", type=int, help="serve on this port (default: a free one)"
    )
    demo.add_argument("--exit", action="store_true", help="stop when the job is played")
    test = commands.add_parser(
        "test", help="run the tests", epilog=_TEST_EPILOG, formatter_class=raw
    )
    test.add_argument("arguments", nargs=argparse.REMAINDER, metavar="PYTEST-ARGUMENT")
    kill = commands.add_parser(
        "kill",
        help="break something again and again while it works, and count",
        epilog=_KILL_EPILOG,
        formatter_class=raw,
    )
    kill.add_argument("--messages", type=int, default=200, help="default: 200")
    kill.add_argument("--kills", type=int, default=50, help="at most; default: 50")
    kill.add_argument("--seed", type=int, default=1, help="of the random moments")
    kill.add_argument(
        "--what",
        choices=_WHAT,
        default="server",
        help="what breaks, and in the middle of what; default: server",
    )
    kill.add_argument(
        "--connections",
        type=int,
        help="so many mails one break may repeat; default: what the addon has under "
        "way at once",
    )
    kill.add_argument(
        "--sms-connections",
        type=int,
        help="so many SMS one break may leave of unknown fate; default: likewise",
    )
    kill.add_argument(
        "--times",
        action="store_true",
        help="kill nothing: measure how long a message takes, alone and among 100",
    )
    bench = commands.add_parser(
        "bench",
        help="measure the addon beside Odoo's own way",
        epilog=_BENCH_EPILOG,
        formatter_class=raw,
    )
    bench.add_argument("--size", type=int, default=1000, help="default: 1000")
    bench.add_argument("--repeats", type=int, help="how often both sides run, in turn")
    bench.add_argument(
        "--json", type=Path, help="the file of all figures; default: in the cache"
    )
    bench.add_argument(
        "--quick",
        action="store_true",
        help="measure all of it with fewer things, once each: for a first look",
    )
    instead = bench.add_mutually_exclusive_group()
    instead.add_argument(
        "--profile", action="store_true", help="show what costs, instead of measuring"
    )
    instead.add_argument(
        "--growth",
        action="store_true",
        help="measure 1,000, 10,000 and 100,000 bookings, and draw the picture",
    )
    # for the tests, which measure one of them
    bench.add_argument("--times", type=int, nargs="+", help=argparse.SUPPRESS)
    bench.add_argument("names", nargs="*", metavar="NAME")
    commands.add_parser(
        "lint", help="check the code's form: ruff, pylint-odoo, XML, .po"
    )
    commands.add_parser(
        "translations", help="bring the .pot and .po files up to date with the sources"
    )
    database = commands.add_parser(
        "database", help="make a fresh database with the addon and a chart of accounts"
    )
    database.add_argument("name", metavar="NAME")
    database.add_argument("--demo", action="store_true", help="with demo data")
    database.add_argument(
        "--force", action="store_true", help="replace a database of that name"
    )
    odoo = commands.add_parser(
        "odoo",
        help="run any Odoo command in this environment",
        epilog=_ODOO_EPILOG,
        formatter_class=raw,
    )
    odoo.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGUMENT")
    commands.add_parser("pictures", help="take the pictures of docs/ anew")
    commands.add_parser("wheel", help="build the addons as wheels, in dist/")
    return top


def parse(arguments):
    """Parse ./dev's arguments.

    What follows `test` and `odoo` is theirs, options included.

    :param arguments: list of strings, without the program
    :return: a namespace with `command` and that command's arguments
    """
    # argparse's REMAINDER does not swallow a leading option (`test -k foo`).
    if arguments[:1] in (["test"], ["odoo"]) and arguments[1:2] not in (
        ["-h"],
        ["--help"],
    ):
        return argparse.Namespace(command=arguments[0], arguments=arguments[1:])
    options = parser().parse_args(arguments)
    if options.command == "bench":
        options.arguments = arguments[1:]  # as they are, for who measures
    return options
