"""Several servers on one database, which share the jobs of OCA's job queue."""

import contextlib
import itertools

from devtools.environment.ports import LOOPBACK
from devtools.stand_ins.web_server import WebServer


@contextlib.contextmanager
def balancer(ports):
    """Sends each request to another one of these ports, as one before servers does.

    :param ports: a list; whoever is taken out of it gets no more requests
    :return: its port
    """
    turns = itertools.count()

    def answer(path, _headers, _body):
        port = ports[next(turns) % len(ports)]
        return 307, {"Location": f"http://{LOOPBACK}:{port}{path}"}, ""

    server = WebServer(LOOPBACK, 0, answer)
    server.start()
    try:
        yield server.server_address[1]
    finally:
        server.stop()


def job_queue(port):
    """Options of an `OdooServer` that takes part in the job queue: a dict.

    :param port: of the `balancer`
    """
    return {
        "config": {"server_wide_modules": "base,rpc,web,queue_job"},
        "environment": {
            "ODOO_QUEUE_JOB_CHANNELS": "root:4",
            "ODOO_QUEUE_JOB_HOST": LOOPBACK,
            "ODOO_QUEUE_JOB_PORT": str(port),
        },
    }
