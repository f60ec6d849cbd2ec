"""How much memory a billing run of 20,000 bookings takes, beside one of 1,000."""

from . import data, multiply
from .comparison import Comparison, Side

CLIENTS = 500


class Run(Side):
    """A billing run in the background, until every booking has its draft."""

    def __init__(self, times, label):
        self.times = times
        self.label = label

    def things(self, size):
        return size * self.times

    def prepare(self, env, count):
        booking = data.bookings(env, 1)
        clients = data.clients(env, min(count, CLIENTS))
        return multiply.external(env, booking, count, clients)

    def work(self, env, prepared):
        bookings = env[data.BOOKING].browse(prepared)
        action = bookings.action_prepare_billing_run()
        run = env[action["res_model"]].browse(action["res_id"])
        run.action_run()
        env.cr.commit()
        line = "konfidens.payment.run.line"
        waiting = [("run_id", "=", run.id), ("result", "=", "waiting")]
        if env[line].sudo().search_count(waiting):
            data.run_cron(env, "konfidens_payments.ir_cron_run", line, waiting)

    def check(self, env, prepared):
        domain = [("id", "in", prepared), ("payment_status", "=", "draft")]
        assert env[data.BOOKING].search_count(domain) == len(prepared)


class BillingRun(Comparison):
    name = "billing_run"
    what = "memory of a billing run, 20,000 bookings at the size of 1,000"
    goal = 1.5
    measure = "memory"
    repeats = 1
    quick = 0.05
    ours = Run(20, "20 times as many")
    beside = Run(1, "1,000 bookings at the size of 1,000")

    def fill(self, env, database, size):
        data.open_practice(env)


COMPARISON = BillingRun()
