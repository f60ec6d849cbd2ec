"""The form of a client with many bookings, beside that of one with few."""

from . import data, multiply
from .comparison import Comparison, Side

ROUNDS = 30
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
    repeats = 15  # short ones, see calendar_week
    ours = Form("Many", "of a client with 100 times as many")
    beside = Form("Few", "of a client with few")

    def fill(self, env, database, size):
        data.open_practice(env)
        paid, unpaid = multiply.paid(env), multiply.completed(env)
        for name, share in (("Many", MANY), ("Few", FEW)):
            client = env["res.partner"].create({"name": name, "email": "c@example.com"})
            count = max(1, int(size * share))
            multiply.billed(env, paid, count - count // 10, client)
            multiply.billed(env, unpaid, count // 10, client)


COMPARISON = ClientForm()
