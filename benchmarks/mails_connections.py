"""Due payment messages to a mail server far away: four connections beside one."""

from odoo.tools import config

from . import data, mails_scheduled
from .comparison import Comparison


class Connections(mails_scheduled.DueMessages):
    """The job, with so many connections to the mail server."""

    def __init__(self, count, label):
        self.count = count
        self.label = label

    def release(self, env, prepared):
        super().release(env, prepared)
        servers = env["ir.mail_server"]
        values = {
            "name": "The practice's",
            "smtp_host": config["smtp_server"],
            "smtp_port": config["smtp_port"],
            "payments_connections": self.count,
        }
        server = servers.search([])
        server.write(values) if server else servers.create(values)


class MailsConnections(Comparison):
    name = "mails_connections"
    what = "due e-mails until a server has them that takes 50 ms for each answer"
    goal = 0.3
    latency = 0.05
    ours = Connections(4, "over four connections")
    beside = Connections(1, "over one connection")

    def fill(self, env, database, size):
        data.open_practice(env)


COMPARISON = MailsConnections()
