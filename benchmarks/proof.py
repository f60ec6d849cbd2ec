"""The nightly proof of a practice with many bookings, and of one with few."""

from . import data, multiply
from .comparison import Comparison, Side

FEW, MANY = 1, 100  # times --size


class Proof(Side):
    """Proves all bookings of the company, as the job does each night."""

    def __init__(self, database, label):
        self.database = database
        self.label = label

    def things(self, size):
        return 1

    def prepare(self, env, count):
        return env["konfidens.payment.booking"].sudo().search_count([])

    def work(self, env, prepared):
        env["konfidens.payment.proof"].sudo()._prove(env.company)
        env.cr.commit()

    def check(self, env, prepared):
        proof = env["konfidens.payment.proof"].sudo().search([], limit=1)
        reasons = proof.line_ids.mapped("reason")
        assert (proof.state, reasons) == ("green", []), (proof.state, reasons)
        assert proof.booking_count == prepared


class NightlyProof(Comparison):
    name = "proof"
    what = "the nightly proof, 100,000 bookings at the size of 1,000"
    limit = 10  # seconds
    databases = {"many": "addon", "few": "addon"}
    ours = Proof("many", "of 100 times as many")
    beside = Proof("few", "of few")

    def fill(self, env, database, size):
        data.open_practice(env)
        share = {"many": MANY, "few": FEW}[database]
        # not paid ones: of a payment there is no copy, and the proof would see that
        multiply.billed(env, multiply.completed(env), share * size)


COMPARISON = NightlyProof()
