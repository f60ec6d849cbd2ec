import functools

from odoo import SUPERUSER_ID, api, fields, models

# As many as any mail server takes; also for one that has no record in Odoo.
CONNECTIONS = 2


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    payments_connections = fields.Integer(
        "Connections for Payment Messages",
        default=CONNECTIONS,
        help="How many payment messages are sent side by side. Microsoft 365, for "
        "example, allows three connections.",
    )

    _payments_connections = models.Constraint(
        "CHECK(payments_connections BETWEEN 1 AND 50)",
        "Choose between 1 and 50 connections.",
    )

    def _get_connect(self, smtp_from, alone):
        """Return a function that connects with this mail server, or with Odoo's own.

        :param alone: whether it is called in this thread; else it has an environment of
            its own, for as long as it connects
        """
        connect = functools.partial(
            _connect, mail_server_id=self.id or None, smtp_from=smtp_from
        )
        if alone:
            return functools.partial(connect, self.browse())
        return functools.partial(_connect_by_itself, self.env.registry, connect)


def _connect(servers, **values):
    return servers._connect__(**values)


def _connect_by_itself(registry, connect):
    with registry.cursor() as cr:
        return connect(api.Environment(cr, SUPERUSER_ID, {})["ir.mail_server"])
