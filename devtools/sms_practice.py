"""A practice that sends SMS, by Twilio and by Odoo's own service, both on loopback."""

import contextlib

from .database import test_database
from .iap import Iap
from .mailserver import MailServer
from .practice import Practice
from .server import OdooServer
from .twilio import Twilio


class SmsPractice(Practice):
    """A `Practice` with an account at Twilio, through which it sends its SMS.

    :ivar twilio: its `Twilio`
    :ivar iap: the `Iap` that `send_through("iap")` changes to
    """

    def __init__(self, database, server, mail, twilio, iap):
        super().__init__(database, server, mail)
        self.twilio = twilio
        self.iap = iap
        (self._company,) = self.admin.ids("res.company")
        rpc = self.admin.rpc
        (norway,) = self.admin.ids("res.country", code="NO")
        number = {
            "number": twilio.number,
            "country_id": norway,
            "company_id": self._company,
        }
        rpc.call("sms.twilio.number", "create", [number])
        account = {
            "sms_twilio_account_sid": twilio.account,
            "sms_twilio_auth_token": twilio.token,
        }
        rpc.call("res.company", "write", [self._company], account)
        rpc.call("ir.config_parameter", "set_param", "sms.endpoint", iap.url)
        self.send_through("twilio")

    def send_through(self, provider):
        """Choose the company's SMS provider: "twilio" or "iap"."""
        values = {"sms_provider": provider}
        self.admin.rpc.call("res.company", "write", [self._company], values)


@contextlib.contextmanager
def sms_practice(prefix="sms", **settings):
    """A new `SmsPractice` with payments activated; all of it is gone after the block.

    :param prefix: how the database's name begins
    :param settings: more of `res.config.settings`
    :raise Problem: when the modules do not install or the server does not start
    """
    with (
        test_database(prefix, demo=True, modules="sms_twilio") as database,
        MailServer() as mail,
        Twilio() as twilio,
        Iap() as iap,
        OdooServer(
            database, config=mail.config(), environment=twilio.environment()
        ) as server,
    ):
        made = SmsPractice(database, server, mail, twilio, iap)
        made.activate(payments_create_draft=False, **settings)
        yield made
