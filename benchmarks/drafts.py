"""Draft invoices from bookings, beside plain invoices with the same values."""

from . import data
from .comparison import Comparison, Side


class FromBookings(Side):
    label = "Create Invoice on externally billed bookings"

    def prepare(self, env, count):
        return data.bookings(env, count).ids

    def work(self, env, prepared):
        env[data.BOOKING].browse(prepared).action_create_invoice()

    def check(self, env, prepared):
        moves = env[data.BOOKING].browse(prepared).invoice_id
        assert len(moves) == len(prepared)
        assert all(move.amount_total == data.PRICE for move in moves)


class PlainInvoices(Side):
    label = "one account.move.create() with such values, without the addon"
    database = "plain"

    def prepare(self, env, count):
        return data.plain_values(env, count)

    def work(self, env, prepared):
        moves = env["account.move"].create(prepared)
        assert len(moves) == len(prepared)


class Drafts(Comparison):
    name = "drafts"
    what = "draft invoices from externally billed bookings"
    goal = 0.75
    databases = {"main": "addon", "plain": "plain"}
    ours = FromBookings()
    beside = PlainInvoices()

    def fill(self, env, database, size):
        data.open_practice(env)


COMPARISON = Drafts()
