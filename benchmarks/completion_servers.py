"""Completing a long backlog by two servers, with OCA's job queue, beside one server."""

import contextlib
import time

from devtools.database import catalog
from devtools.environment.ports import free_port
from devtools.practice.server import OdooServer

from . import data, served
from .comparison import Comparison, Side
from .completion import ByCron
from .load_balancer import balancer, job_queue

LEFT = "SELECT count(*) FROM konfidens_payment_message WHERE state = 'sent'"
POSTED = "SELECT count(*) FROM account_move WHERE state = 'posted'"


class Servers(Side):
    """So many servers complete what was delivered before they began."""

    def __init__(self, count, label):
        self.count = count
        self.label = label

    def work_outside(self, name, count):
        served.quiet(name)
        ports = [free_port() for _number in range(self.count)]
        with contextlib.ExitStack() as stack:
            options = job_queue(stack.enter_context(balancer(ports)))
            for port in ports:
                stack.enter_context(OdooServer(name, port, **options))
            start = time.perf_counter()
            served.begin(name, "konfidens_payments.ir_cron_complete_delivered")

            def is_done():
                return catalog.execute_in(name, LEFT) == [(0,)]

            served.wait_for(name, is_done, "the invoices to be completed")
            seconds = time.perf_counter() - start
        assert catalog.execute_in(name, POSTED) == [(count,)]
        return {"seconds": seconds}


class CompletionServers(Comparison):
    name = "completion_servers"
    what = "completing delivered invoices, with OCA's job queue"
    goal = 0.8
    databases = {"main": "addon+queue_job"}
    ours = Servers(2, "by two servers")
    beside = Servers(1, "by one server")
    outside = True
    quick = 0.2  # fewer are not shared

    def fill(self, env, database, size):
        data.open_practice(env)
        side = ByCron()
        side.release(env, side.prepare(env, size))


COMPARISON = CompletionServers()
