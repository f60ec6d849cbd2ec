"""Several servers on one database, which share the jobs of OCA's job queue."""

import contextlib
import itertools
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ..environment.ports import LOOPBACK


@contextlib.contextmanager
def balancer(ports):
    """Sends each request to another one of these ports, as one before servers does.

    :param ports: a list; whoever is taken out of it gets no more requests
    :return: its port
    """
    turns = itertools.count()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(307)
            port = ports[next(turns) % len(ports)]
            self.send_header("Location", f"http://{LOOPBACK}:{port}{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments):
            """Say nothing."""

    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


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
