"""The form of a client with many bookings, beside that of one with few."""

from . import data, multiply
from .comparison import Comparison, Side

ROUNDS = 10
MANY, FEW = 5, 0.05  # times --size


class Form(Side):
    """Reads what the web client asks for when a client's form is opened."""

    def __init__(self, name, label):
        self.name = name
        self.label = label

    def things(self, size):
        return ROUNDS

    def prepare(self, env, count):
        return env["res.partner"].search([("name", "=", self.name)]).ids

    def work(self, env, prepared):
        specification = data.specification(env, "res.partner", "form")
        for _round in range(ROUNDS):
            env.invalidate_all()
            [row] = env["res.partner"].browse(prepared).web_read(specification)
            assert row["settled_booking_ids"]


class ClientForm(Comparison):
    name = "client_form"
    what = "a client's form, 100 times as many bookings"
    goal = 1.3
    ours = Form("Many", "of a client with 100 times as many")
    beside = Form("Few", "of a client with few")

    def fill(self, env, database, size):
        data.open_practice(env)
        paid = multiply.prototype(env)
        for name, share in (("Many", MANY), ("Few", FEW)):
            client = env["res.partner"].create({"name": name, "email": "c@example.com"})
            count = max(1, int(size * share))
            multiply.settled(env, paid, count, client)
            # a tenth of them, the latest, is not paid yet
            env.cr.execute(
                """
                WITH unpaid AS (SELECT id, invoice_id FROM calendar_event
                                 WHERE client_id = %(client)s
                              ORDER BY start DESC LIMIT %(count)s),
                     events AS (UPDATE calendar_event
                                   SET payment_status = 'unpaid', is_settled = false
                                 WHERE id IN (SELECT id FROM unpaid))
                UPDATE account_move
                   SET payment_state = 'not_paid', amount_residual = amount_total,
                       amount_residual_signed = amount_total_signed
                 WHERE id IN (SELECT invoice_id FROM unpaid)
                """,
                {"client": client.id, "count": count // 10},
            )


COMPARISON = ClientForm()
