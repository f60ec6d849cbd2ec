"""Draft invoices from bookings, beside those that Odoo makes from sales orders."""

from . import data, drafts
from .comparison import Comparison, Side


class FromOrders(Side):
    label = "sale.order._create_invoices() on confirmed orders, without the addon"
    database = "plain"

    def prepare(self, env, count):
        orders = (
            env["sale.order"]
            .with_context(tracking_disable=True)
            .create(
                [
                    {
                        "partner_id": client.id,
                        "order_line": [(0, 0, {"product_id": data.service(env).id})],
                    }
                    for client in data.clients(env, count)
                ]
            )
        )
        orders.action_confirm()
        return orders.ids

    def work(self, env, prepared):
        env["sale.order"].browse(prepared)._create_invoices()

    def check(self, env, prepared):
        moves = env["sale.order"].browse(prepared).invoice_ids
        assert len(moves) == len(prepared)
        assert all(move.amount_total == data.PRICE for move in moves)


class DraftsSale(Comparison):
    name = "drafts_sale"
    what = "draft invoices from externally billed bookings"
    goal = 0.5
    databases = {"main": "addon+sale", "plain": "plain+sale"}
    ours = drafts.FromBookings()
    beside = FromOrders()

    def fill(self, env, database, size):
        data.open_practice(env)


COMPARISON = DraftsSale()
