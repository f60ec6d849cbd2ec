"""Work on two servers by OCA's job queue: `konfidens_payments_queue_job`."""

import pytest

from apps import install, troubles, uninstall
from benchmarks.load_balancer import balancer, job_queue
from devtools.database import catalog
from devtools.environment.clock import wait_until
from devtools.environment.ports import free_port
from devtools.environment.settings import ADDON
from devtools.practice.bookings import book_many, drafts
from devtools.practice.jobs import job_id, run_cron
from devtools.practice.running import practice
from devtools.practice.server import OdooServer

MODEL = "konfidens.payment.run"
BOOKINGS = 210  # three jobs
DELIVERED = 210  # five jobs
ARRIVED = """
    SELECT count(DISTINCT message.id)
      FROM konfidens_payment_message message
      JOIN mail_notification part ON part.konfidens_payment_message_id = message.id
     WHERE message.state = 'sent' AND part.notification_status = 'sent'
"""


@pytest.fixture(scope="module")
def _two_servers():
    ports = [free_port(), free_port()]
    with balancer(ports) as port:
        options = job_queue(port)
        with practice(ports[0], "queue", modules="queue_job", **options) as made:
            config = {**made.mail.config(), **options["config"]}
            second = OdooServer(
                made.database, ports[1], **{**options, "config": config}
            )
            with second:
                yield made, second, ports


@pytest.fixture
def two_servers(_two_servers):
    """A `Practice` with the job queue, a second server on its database, their ports.

    Of each test, whose second server may be gone in the end.
    """
    made, second, ports = _two_servers
    second.start()  # nothing, if it runs
    ports[:] = [made.server.port, second.port]
    return made, second, ports


def jobs(made, method="_process_as_job"):
    """The jobs of billing runs, or those that call this method: a list of dicts."""
    return made.admin.rpc.call(
        "queue.job",
        "search_read",
        [["method_name", "=", method]],
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


def test_two_servers_complete_each_invoice_once(two_servers):
    made, second, ports = two_servers
    cron = [job_id(made, f"{ADDON}.ir_cron_complete_delivered")]
    made.admin.rpc.call("ir.cron", "write", cron, {"active": False})
    moves = list(drafts(made.kari, DELIVERED, "backlog"))
    made.kari.send(*moves)

    def all_arrived():
        ((count,),) = catalog.execute_in(made.database, ARRIVED)
        return count >= DELIVERED

    wait_until(all_arrived, 300, "the mails")
    made.admin.rpc.call(
        "ir.cron", "write", cron, {"active": True, "nextcall": "2026-01-01 00:00:00"}
    )
    made.wake_cron()

    def some_are_done():
        return {job["state"] for job in jobs(made, "_complete_as_job")} & {"done"}

    wait_until(some_are_done, 120, "the first job")
    pids = {job["worker_pid"] for job in jobs(made, "_complete_as_job")}
    assert pids >= {made.server.pid, second.pid}
    # One of the two is gone in the middle of its jobs: the other does the rest.
    second.kill()
    ports.remove(second.port)

    def all_posted():
        made.wake_cron()
        rows = made.kari.rpc.call("account.move", "read", moves, ["state"])
        return {row["state"] for row in rows} == {"posted"}

    wait_until(all_posted, 180, "the completion")
    rows = made.admin.rpc.call("account.move", "read", moves, ["sequence_number"])
    numbers = sorted(row["sequence_number"] for row in rows)
    assert numbers == list(range(numbers[0], numbers[0] + DELIVERED))
    notes = made.admin.rpc.call(
        "mail.message",
        "search_count",
        [
            ["model", "=", "account.move"],
            ["res_id", "in", moves],
            ["body", "like", "Invoice completed because"],
        ],
    )
    assert notes == DELIVERED


def test_uninstalling_the_glue_loses_no_job():
    """Nobody runs jobs here: all of a billing run waits, and is done by the cron."""
    with practice(prefix="queue_uninstall", modules="queue_job") as made:
        admin = made.admin
        appointments = book_many(made.kari, BOOKINGS, "left")
        press = admin.press
        run = press("calendar.event", "action_prepare_billing_run", *appointments)
        press(MODEL, "action_run", run["res_id"])
        wait_until(lambda: jobs(made), 60, "the jobs")
        uninstall(made, "konfidens_payments_queue_job")
        assert jobs(made) == []
        run_cron(made, "run")
        wait_until(
            lambda: admin.read(MODEL, run["res_id"], "state")["state"] == "done",
            120,
            "the run's end",
        )
        billed = admin.read(MODEL, run["res_id"], "billed_count")["billed_count"]
        assert billed == BOOKINGS
        # and both of them at once, in the middle of a run
        install(made, "konfidens_payments_queue_job")
        more = book_many(made.kari, BOOKINGS, "more")
        run = press("calendar.event", "action_prepare_billing_run", *more)
        press(MODEL, "action_run", run["res_id"])
        wait_until(lambda: jobs(made), 60, "the jobs")
        begin = made.server.log.stat().st_size
        uninstall(made, ADDON)
        assert troubles(made.server.log, begin) == []
        views = [[False, "list"], [False, "form"], [False, "search"]]
        admin.rpc.call("queue.job", "get_views", views=views)
        assert admin.rpc.call("queue.job", "web_search_read", [], {"name": {}}) == {
            "length": 0,
            "records": [],
        }
