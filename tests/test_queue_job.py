"""Billing runs on two servers by OCA's job queue: `konfidens_payments_queue_job`."""

import contextlib
import itertools
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from devtools.crowd import book_many
from devtools.ports import LOOPBACK, free_port
from devtools.practice import practice, wait_until
from devtools.server import OdooServer

MODEL = "konfidens.payment.run"
BOOKINGS = 310  # four jobs


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


@pytest.fixture
def two_servers():
    """A `Practice` with the job queue, and a second server on its database."""
    ports = [free_port(), free_port()]
    with balancer(ports) as port:
        options = {
            "config": {"server_wide_modules": "base,rpc,web,queue_job"},
            "environment": {
                "ODOO_QUEUE_JOB_CHANNELS": "root:4",
                "ODOO_QUEUE_JOB_HOST": LOOPBACK,
                "ODOO_QUEUE_JOB_PORT": str(port),
            },
        }
        with practice(ports[0], "queue", modules="queue_job", **options) as made:
            config = {**made.mail.config(), **options["config"]}
            second = OdooServer(
                made.database, ports[1], **{**options, "config": config}
            )
            with second:
                yield made, second, ports


def jobs(made):
    """The jobs of billing runs: a list of dicts."""
    return made.admin.rpc.call(
        "queue.job",
        "search_read",
        [["method_name", "=", "_process_as_job"]],
        ["state", "worker_pid", "channel"],
    )


def test_two_servers_bill_each_booking_once(two_servers):
    made, second, ports = two_servers
    admin = made.admin
    appointments = book_many(made.kari, BOOKINGS, "queue")
    action = admin.press("calendar.event", "action_prepare_billing_run", *appointments)
    run = action["res_id"]
    admin.press(MODEL, "action_run", run)

    def some_are_done():
        return any(job["state"] == "done" for job in jobs(made))

    wait_until(some_are_done, 120, "the first job")
    assert {job["worker_pid"] for job in jobs(made)} >= {made.server.pid, second.pid}
    # One of the two is gone in the middle of its jobs: the other does the rest.
    second.kill()
    ports.remove(second.port)
    names = ["state", "billed_count", "progress"]
    wait_until(
        lambda: admin.read(MODEL, run, *names)["state"] == "done",
        180,
        "the run's end",
    )
    assert admin.read(MODEL, run, *names)["billed_count"] == BOOKINGS
    bookings = admin.bookings(*appointments)
    rows = admin.rpc.call(
        "account.move",
        "search_read",
        [["booking_ids", "in", bookings]],
        ["booking_ids"],
    )
    billed = [row["booking_ids"] for row in rows]
    assert sorted(billed) == sorted([booking] for booking in bookings)
    assert {job["channel"] for job in jobs(made)} == {"root.konfidens_payments"}
