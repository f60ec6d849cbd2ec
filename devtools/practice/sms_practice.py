"""A practice that sends SMS, by Twilio and by Odoo's own service, both on loopback."""

import contextlib
import itertools

from ..database.installed import test_database
from ..environment.clock import wait_until
from ..stand_ins.iap import Iap
from ..stand_ins.mail_server import MailServer
from ..stand_ins.twilio import Twilio
from .bookings import drafts_of_each
from .jobs import run_cron
from .running import Practice
from .server import OdooServer


class SmsPractice(Practice):
    """A `Practice` with an account at Twilio, through which it sends its SMS.

    :ivar twilio: its `Twilio`
    :ivar iap: the `Iap` that `choose(sms_provider="iap")` changes to
    """

    def __init__(self, database, server, mail, twilio, iap):
        super().__init__(database, server, mail)
        self.twilio = twilio
        self.iap = iap
        self._numbers = (f"+47900{number:05}" for number in itertools.count(10000))
        rpc = self.admin.rpc
        (norway,) = self.admin.ids("res.country", code="NO")
        number = {
            "number": twilio.number,
            "country_id": norway,
            "company_id": self.company,
        }
        rpc.call("sms.twilio.number", "create", [number])
        rpc.call("ir.config_parameter", "set_param", "sms.endpoint", iap.url)
        self.choose(
            sms_provider="twilio",
            sms_twilio_account_sid=twilio.account,
            sms_twilio_auth_token=twilio.token,
            payments_channel="sms",
        )

    def drafts(self, count, prefix):
        """Draft invoices of new bookings of new clients, each with a phone number.

        :param prefix: how the clients' names and addresses begin
        :return: dict from the invoice's id to the client's number
        """
        return {move: number for number, (move,) in self.payers(count, prefix).values()}

    def payers(self, count, prefix, each=1):
        """Draft invoices of new clients with a phone number and an e-mail address.

        :param prefix: how the clients' names and addresses begin
        :param each: how many invoices each of them has
        :return: dict from the client's address to number and list of invoice ids
        """
        made = {}
        for address, moves in drafts_of_each(self.kari, count, prefix, each).items():
            number = next(self._numbers)
            clients = self.admin.ids("res.partner", email=address)
            self.admin.rpc.call("res.partner", "write", clients, {"phone": number})
            made[address] = (number, moves)
        return made

    def run(self, name):
        """Run one of the addon's jobs, after the run that may be under way.

        :param name: e.g. "complete_delivered"
        """
        # the worker is woken, so that it does what it has to do with the job
        wait_until(
            lambda: run_cron(self, name) or self.wake_cron(), what=f"the job {name}"
        )


@contextlib.contextmanager
def sms_practice(prefix="sms", cron_threads=1, **settings):
    """A new `SmsPractice` with payments activated; all of it is gone after the block.

    :param prefix: how the database's name begins
    :param cron_threads: as of `OdooServer`; Odoo's own default is 2
    :param settings: more of `res.config.settings`
    :raise Problem: when the modules do not install or the server does not start
    """
    with (
        test_database(prefix, demo=True, modules="sms_twilio") as database,
        MailServer() as mail,
        Twilio() as twilio,
        Iap() as iap,
        OdooServer(
            database,
            cron_threads=cron_threads,
            config=mail.config(),
            environment=twilio.environment(),
        ) as server,
    ):
        made = SmsPractice(database, server, mail, twilio, iap)
        made.activate(payments_create_draft=False, **settings)
        yield made
