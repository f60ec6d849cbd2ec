"""SMS to a provider far away, beside Odoo's own SMS queue without the addon."""

import time

from devtools.database import catalog
from devtools.practice.server import OdooServer
from devtools.stand_ins.twilio import Twilio

from . import data, served
from .comparison import Comparison, Side
from .mails_scheduled import LATER

LATENCY = 0.3  # seconds before each answer
# Of an account that both the databases and the stand-in know.
ACCOUNT, TOKEN, NUMBER = "AC" + 32 * "0", 32 * "0", "+4759440000"
# Of Odoo's own way fewer are sent: it takes long.
SHARE = 0.1


class Sending(Side):
    """The jobs of a server send what is due, until the provider has it."""

    def __init__(self, label, database, jobs, due):
        """
        :param jobs: their names
        :param due: a statement that lets so many SMS be due
        """
        self.label = label
        self.database = database
        self._jobs = jobs
        self._due = due

    def things(self, size):
        return size if self.database == "main" else max(1, int(size * SHARE))

    def work_outside(self, name, count):
        served.quiet(name)
        with Twilio() as twilio:
            twilio.account, twilio.token = ACCOUNT, TOKEN
            twilio.latency, twilio.reports = LATENCY, ()
            environment = twilio.environment()
            with OdooServer(name, workers=1, cron_threads=2, environment=environment):
                catalog.execute_in(name, self._due)
                start = time.perf_counter()
                served.begin(name, *self._jobs)
                served.wait_for(name, lambda: len(twilio.taken) >= count, "the SMS")
                seconds = time.perf_counter() - start
            assert len({sms.number for sms in twilio.taken}) == count
            return {"seconds": seconds}


class Sms(Comparison):
    name = "sms"
    what = "due SMS until Twilio has them, which takes 300 ms for each"
    limit = 0.06  # 1,000 in a minute
    databases = {"main": "addon+sms_twilio", "plain": "plain+sms_twilio"}
    outside = True
    quick = 0.1
    ours = Sending(
        "the jobs that send due payment messages, over eight connections",
        "main",
        ("konfidens_payments.ir_cron_send_due", "konfidens_payments.ir_cron_send_sms"),
        f"UPDATE konfidens_payment_message SET scheduled_date = {served.NOW}"
        " WHERE state = 'scheduled'",
    )
    beside = Sending(
        "Odoo's SMS queue with a tenth of them ready, without the addon",
        "plain",
        ("sms.ir_cron_sms_scheduler_action",),
        "UPDATE sms_sms SET state = 'outgoing'",
    )

    def fill(self, env, database, size):
        data.open_practice(env)
        env.company.write(
            {
                "sms_provider": "twilio",
                "sms_twilio_account_sid": ACCOUNT,
                "sms_twilio_auth_token": TOKEN,
            }
        )
        env["sms.twilio.number"].create(
            {
                "number": NUMBER,
                "country_id": env.ref("base.no").id,
                "company_id": env.company.id,
            }
        )
        count = self.sides["ours" if database == "main" else "beside"].things(size)
        numbers = [f"+47900{number:05}" for number in range(count)]
        if database == "main":
            moves = data.drafts(env, count)
            for move, number in zip(moves, numbers, strict=True):
                move.partner_id.phone = number
            data.schedule(moves, LATER, "sms")
        else:
            body = "Payment for your appointment: https://practice.example.com/pay/1"
            env["sms.sms"].create(
                [
                    {"number": number, "body": body, "state": "canceled"}
                    for number in numbers
                ]
            )


COMPARISON = Sms()
