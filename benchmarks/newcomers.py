"""How long those wait who come while thousands leave, beside Odoo's mail queue."""

import time

from devtools.database import catalog
from devtools.practice.rpc import RpcClient
from devtools.practice.server import OdooServer
from devtools.stand_ins.mail_server import MailServer

from . import data, served
from .comparison import Comparison, Side
from .mails_queue import ReadyMails
from .mails_scheduled import DueMessages

SHARE = 5  # mails that leave, times --size
MOST = 20  # newcomers
PAUSE = 0.2  # seconds between two of them


class Newcomers(Side):
    """A server sends many mails; a few more are to leave one by one meanwhile.

    What is measured is how long each of these waits until the mail server has it.

    :cvar jobs: the names of the jobs that send
    :cvar waiting: a query of what waits, the oldest first: id and address
    :cvar table: of what waits
    """

    jobs = ()
    waiting = ""
    table = ""

    def things(self, size):
        return max(1, min(MOST, size // 5))

    def work_outside(self, name, count):
        served.quiet(name)
        rows = catalog.execute_in(name, self.waiting)
        many, few = rows[:-count], rows[-count:]
        with (
            MailServer() as mail,
            OdooServer(name, cron_threads=2, config=mail.config()) as server,
        ):
            rpc = RpcClient(server.url, name)
            self.let_be_due(name, [record for record, _to in many])
            served.begin(name, *self.jobs)
            served.wait_for(name, lambda: mail.mails, "the first mail")
            asked = {}
            for number, (record, address) in enumerate(few):
                asked[address] = time.time()
                self.ask(name, rpc, record, number)
                time.sleep(PAUSE)
            served.wait_for(
                name, lambda: all(map(mail.to, asked)), "the newcomers' mails"
            )
            came = {address: mail.to(address)[0].time for address in asked}
            before = sum(one.time < max(came.values()) for one in mail.mails)
        waits = [came[address] - asked[address] for address in asked]
        return {"waits": waits, "left": len(rows) - before - 1}

    def ask(self, name, rpc, record, number):
        """Let one leave: it is due now.

        :param name: the database's
        :param rpc: a session of the administrator on the server
        :param number: how many were asked for before
        """
        self.let_be_due(name, [record])
        served.trigger(name, *self.jobs)

    def let_be_due(self, name, ids):
        """Let the time of these have come."""
        update = f"UPDATE {self.table} SET scheduled_date = {served.NOW}"
        catalog.execute_in(name, f"{update} WHERE id = ANY(%s)", [ids])


class Messages(Newcomers):
    label = "payment messages: every second becomes due, the others by Send Now"
    jobs = (
        "konfidens_payments.ir_cron_send_due",
        "konfidens_payments.ir_cron_complete_delivered",
    )
    waiting = """
        SELECT message.id, client.email
          FROM konfidens_payment_message message
          JOIN res_partner client ON client.id = message.partner_id
         WHERE message.state = 'scheduled' ORDER BY message.id
    """
    table = "konfidens_payment_message"

    def ask(self, name, rpc, record, number):
        """Override: every second one is sent by hand."""
        if number % 2:
            rpc.call("konfidens.payment.message", "action_send_now", [record])
        else:
            super().ask(name, rpc, record, number)


class Mails(Newcomers):
    label = "mails of Odoo's queue that become due, without the addon"
    database = "plain"
    jobs = ("mail.ir_cron_mail_scheduler_action",)
    waiting = """
        SELECT mail.id, client.email
          FROM mail_mail mail
          JOIN mail_mail_res_partner_rel named ON named.mail_mail_id = mail.id
          JOIN res_partner client ON client.id = named.res_partner_id
         WHERE mail.state = 'outgoing' ORDER BY mail.id
    """
    table = "mail_mail"


class Leaving(Comparison):
    name = "newcomers"
    what = "the wait of newcomers while 5,000 leave at the size of 1,000"
    measure = "waits"
    limit = 2
    databases = {"main": "addon", "plain": "plain"}
    outside = True
    quick = 0.05
    ours = Messages()
    beside = Mails()

    def fill(self, env, database, size):
        data.open_practice(env)
        side = DueMessages() if database == "main" else ReadyMails()
        side.prepare(env, size * SHARE)
        # in a batch of their own, as what is asked for one by one
        side.prepare(env, self.ours.things(size))

    def facts_outside(self, samples):
        """Override: how much of what was leaving was left."""
        left = min(sample["left"] for sample in samples["ours"])
        return {"of the many left when the last newcomer had left": left}


COMPARISON = Leaving()
