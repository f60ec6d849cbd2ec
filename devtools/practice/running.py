"""A practice on a running server."""

import contextlib
import functools

from ..database import catalog
from ..database.installed import test_database
from ..stand_ins.mail_server import MailServer
from .rpc import RpcClient
from .server import OdooServer
from .user import User

# A cron that is triggered for now starts at once. For one whose time is in the future
# Odoo's worker looks every minute (SLEEP_INTERVAL), but begins that minute anew when
# another database on the same PostgreSQL wakes it.
FUTURE = 150


class Practice:
    """A server with its cron worker, the practice of the demo data, and its mail.

    :ivar database: the database's name
    :ivar server: its `OdooServer`
    :ivar mail: the `MailServer` that it sends through
    :ivar admin: `User` of the administrator
    :ivar kari: `User` of a practitioner, a user without accounting rights
    :ivar company: the id of the practice's company
    """

    def __init__(self, database, server, mail):
        self.database = database
        self.server = server
        self.mail = mail
        self.admin = self.user("admin")
        self.kari = self.user("kari")
        (self.company,) = self.admin.ids("res.company")
        # No chat with Odoo's bot at the first login, which fills a phone's screen.
        users = self.admin.rpc.call("res.users", "search", [])
        self.admin.rpc.call("res.users", "write", users, {"odoobot_state": "disabled"})

    @functools.cached_property
    def ola(self):
        """`User` of another practitioner, who logs in when first needed."""
        return self.user("ola")

    def user(self, login):
        """A new session of the user with this login: a `User`."""
        return User(RpcClient(self.server.url, self.database, login, login), login)

    def wake_cron(self):
        """Let the cron worker look now what is due, as a trigger does."""
        catalog.execute_in(
            "postgres", "SELECT pg_notify('cron_trigger', %s)", [self.database]
        )

    def choose(self, **values):
        """Change settings of the company, e.g. sms_provider="iap"."""
        self.admin.rpc.call("res.company", "write", [self.company], values)

    def activate(self, **settings):
        """Activate payments on the settings page, with a default service.

        Without quiet hours, since nobody knows when it is started.

        :param settings: more of `res.config.settings`
        """
        (service,) = self.admin.ids("product.product", name="Psychotherapy, 45 minutes")
        self.admin.save_settings(
            payments_active=True,
            payments_service_id=service,
            **{"payments_quiet_channels": "none"} | settings,
        )


@contextlib.contextmanager
def practice(port=None, prefix="practice", active=True, **options):
    """A new `Practice`; server and database are gone after the block.

    :param port: the web server's port; default: a free one
    :param prefix: how the database's name begins
    :param active: payments are active, drafts by hand, with bookings from before
    :param options: more of `OdooServer`, and the `modules` of `test_database`
    :raise Problem: when the addon does not install or the server does not start
    """
    modules, more = options.pop("modules", ""), options.pop("config", {})
    with (
        test_database(prefix, demo=True, modules=modules) as database,
        MailServer() as mail,
        OdooServer(database, port, config=mail.config() | more, **options) as server,
    ):
        made = Practice(database, server, mail)
        if active:
            made.activate(payments_create_draft=False)
        yield made
