"""The main job, played on a real Odoo as its users play it: ./dev demo."""

import signal

from ..database import postgres
from ..environment.ports import check_port, free_port
from ..environment.problem import Problem
from ..practice.running import practice
from .steps import Demo

_PORT = 8069


def run(options):
    """Play the demo, and serve it.

    :param options: as ./dev demo has them
    :return: 0 if every step held, 1 otherwise
    :raise Problem: when it cannot even start
    """
    # Ctrl-C works also where a shell that started us in the background had it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if options.port:
        check_port(options.port)
    port = options.port or _usual_port()
    with postgres.running(), practice(port, "demo", active=False) as made:
        demo = Demo(made)
        demo.play()
        if not options.exit:
            serve(made)
    return 1 if demo.report.failed else 0


def _usual_port():
    try:
        check_port(_PORT)
    except Problem:
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
