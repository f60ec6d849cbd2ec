"""The main job, played on a real Odoo as its users play it: ./dev demo."""

import argparse
import signal
import socket
import sys

from .bootstrap import guarded
from .demo_steps import Demo
from .ports import LOOPBACK, free_port
from .practice import practice
from .problem import Problem

_PORT = 8069


def main(arguments):
    """Play the demo, and serve it.

    :param arguments: `--port N`, `--exit`
    :return: 0 if every step held, 1 otherwise
    :raise Problem: when it cannot even start
    """
    parser = argparse.ArgumentParser(prog="./dev demo")
    parser.add_argument("--port", type=int)
    parser.add_argument("--exit", action="store_true")
    options = parser.parse_args(arguments)
    # Also a `kill` leaves neither a server nor a database behind, and Ctrl-C works
    # where a shell that started us in the background had it ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with practice(options.port or _usual_port(), "demo", active=False) as made:
        demo = Demo(made)
        demo.play()
        if not options.exit:
            serve(made)
    return 1 if demo.report.failed else 0


def _usual_port():
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, _PORT))
        except OSError:
            return free_port()
    return _PORT


def serve(made):
    """Say what to open, and show each mail that arrives, until Ctrl-C.

    :param made: the `Practice`
    :raise Problem: when its server ends by itself
    """
    server, mail = made.server, made.mail
    client = made.kari.ids("res.partner", name="Henrik Dahl")[0]
    print(f"""
Open    {server.url}/odoo/contacts/{client}
        Henrik Dahl, tab Invoices: one booking active, the others settled. Press
        Create Invoice on one of these, then Send Payment Message, Send Now.
Log in  kari, password kari: psychologist
        ola, password ola: physiotherapist
        admin, password admin: administrator (Settings, Payments)
Mail    goes to this demo's own mail server; each one is shown here.

Ctrl-C ends the demo and drops its database.
""")
    seen = mail.mails
    try:
        while server.is_running():
            try:
                came = mail.wait_for(lambda one: one not in seen, timeout=1)
            except TimeoutError:
                continue
            seen.append(came)
            to = ", ".join(came.recipients)
            print(f"Mail to {to}: {came.message['subject']}", flush=True)
    except KeyboardInterrupt:
        print("\nThe demo ends.", flush=True)
    else:
        raise Problem(f"Odoo's server ended; its log is {server.log}.")


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
