from urllib.parse import urlsplit

import requests

from odoo import api, models
from odoo.tools import config, format_datetime

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# So long it is waited whether the address answers, in seconds.
_PATIENCE = 5


class KonfidensPaymentReadiness(models.AbstractModel):
    """By which ways messages leave, and whether what they link to can be opened."""

    _inherit = "konfidens.payment.readiness"

    @api.model
    def _look_at_mail(self, company):
        servers = self.env["ir.mail_server"].sudo().search([], limit=1)
        name = servers[:1].name or config.get("smtp_server")
        missing = advised = False
        if not servers and name in _LOOPBACK:
            missing = self.env._(
                "There is no outgoing mail server. Without one, e-mails end on this "
                "machine."
            )
        elif not company.payments_mail_tested_on:
            advised = self.env._(
                "%(server)s is not tried yet: send a sample to yourself.", server=name
            )
        return self._line(
            "mail",
            self.env._("Outgoing mail server"),
            self.env._("Payment messages leave by it."),
            missing=missing,
            advised=advised,
            ready=self.env._(
                "%(server)s took a sample %(moment)s.",
                server=name,
                moment=format_datetime(
                    self.env, company.payments_mail_tested_on, dt_format="short"
                ),
            ),
            button=self.env._("Mail Servers"),
            action=self._open("ir.mail_server", "base.action_ir_mail_server_list"),
        )

    @api.model
    def _look_at_sms(self, company):
        if company.payments_channel == "email" and not company.payments_failover:
            return None
        missing = False
        twilio = "sms_provider" in company._fields and company.sms_provider == "twilio"
        if twilio:
            provider = "Twilio"
            if not (company.sms_twilio_account_sid and company.sms_twilio_auth_token):
                missing = self.env._("Twilio is chosen, and has no account yet.")
        else:
            provider = self.env._("Odoo's SMS service")
            account = self.env["iap.account"].sudo().get("sms", force_create=False)
            if not account:
                missing = self.env._(
                    "SMS go by Odoo's service, which costs credits, and has no account "
                    "yet."
                )
            elif account.balance and account.balance.startswith("0 "):
                missing = self.env._("Odoo's SMS service has no credit left.")
        return self._line(
            "sms",
            self.env._("SMS"),
            self.env._("Your payment messages go by SMS, too."),
            missing=missing,
            ready=provider,
            button=self.env._("Set It Up"),
            action=self._open(
                "iap.account",
                "base_setup.action_general_configuration"
                if twilio
                else "iap.iap_account_action",
            ),
        )

    @api.model
    def _look_at_address(self, company):
        url = company.get_base_url()
        parts = urlsplit(url)
        missing = advised = False
        if parts.hostname in _LOOPBACK:
            missing = self.env._(
                "Pay links begin with %(url)s, which only this machine can open.",
                url=url,
            )
        elif parts.scheme != "https":
            advised = self.env._(
                "Pay links begin with %(url)s. Choose an address with https: phones "
                "warn of others.",
                url=url,
            )
        return self._line(
            "address",
            self.env._("Address of the pay links"),
            self.env._("Your clients open it on their phones."),
            missing=missing,
            advised=advised,
            ready=url,
            button=self.env._("System Parameters"),
            action=self._open(
                "ir.config_parameter",
                "base.ir_config_list_action",
                context={"search_default_key": "web.base.url"},
            ),
        )

    @api.model
    def get_reachable(self):
        """Return whether the address of the pay links answers, as a line; or False.

        Apart from the others, since the answer may take its time.

        :raises AccessError: the user is no administrator of Payments
        """
        company = self._get_checked_company()
        line = self._look_at_address(company)
        if line["state"] == "missing":
            return line
        url = f"{company.get_base_url()}/web/health"
        try:
            answers = requests.get(url, timeout=_PATIENCE).ok
        except requests.RequestException:
            answers = False
        if answers:
            return line
        return {
            **line,
            "state": "advised",
            "said": self.env._(
                "%(url)s does not answer from this server. Open it on a phone that is "
                "not in your network.",
                url=company.get_base_url(),
            ),
        }

    @api.model
    def _look_at_jobs(self, company):
        messages = self.env["konfidens.payment.message"].sudo()
        troubled = messages._get_troubled_jobs(company)
        bookings = self.env["konfidens.payment.booking"]
        words = [notice["text"] for notice in bookings._describe_jobs(troubled)]
        last = messages._get_cron("send_due").lastcall
        return self._line(
            "jobs",
            self.env._("Jobs"),
            self.env._("They send what is due, and complete the invoices."),
            missing=" ".join(words),
            advised=not last and self.env._("They have not run yet. Look again soon."),
            ready=last
            and self.env._(
                "Last run %(moment)s.",
                moment=format_datetime(self.env, last, dt_format="short"),
            ),
            button=self.env._("Scheduled Actions"),
            action=self._open("ir.cron", "base.ir_cron_act"),
        )
