from datetime import timedelta

import requests

from odoo import fields, models

# Answers of a provider that has too much to do, or is out of order.
LATER = (429, 500, 502, 503, 504)
# How Twilio says that it takes no SMS of this account, or from its number.
ACCOUNT = (20003, 20005, 21212, 21606, 21659, 30002)


class ResCompany(models.Model):
    _inherit = "res.company"

    payments_pause_ids = fields.One2many(
        "konfidens.payment.pause",
        "company_id",
        groups="base.group_system",
        export_string_translation=False,
    )

    def _get_give_up_date(self):
        """Return when a message is given up that leaves now and nobody confirms."""
        limit = timedelta(hours=self.payments_delivery_limit_hours)
        return fields.Datetime.now() + limit

    def _get_sms_api_class(self):
        """Override of `sms`: payment messages need to know what became of a request.

        Twilio's class says only that something failed, also where the SMS may have
        left, or the provider takes it later.
        """
        sms_api_class = super()._get_sms_api_class()
        if not (
            self.env.context.get("konfidens_payments_answers")
            and hasattr(sms_api_class, "_sms_twilio_send_request")
        ):
            return sms_api_class
        return type("SmsApiTwilioAnswering", (_Answering, sms_api_class), {})


class NoAnswer(Exception):
    """The provider did not answer, or not now; the cause says why."""


class AccountRefused(Exception):
    """The provider takes nothing of this account; the words are its own."""


class _Answering:
    """What is added to Twilio's class."""

    def _sms_twilio_send_request(self, session, *args, **kwargs):
        """Override of `sms_twilio`: raise what it would only write to the log.

        :raises NoAnswer: there was none, or that it should be tried later
        """
        return super()._sms_twilio_send_request(_Session(session), *args, **kwargs)


class _Session:
    """A session of `requests` whose errors Twilio's class does not swallow."""

    def __init__(self, session):
        self._session = session

    def post(self, *args, **kwargs):
        """Post a request.

        :raises NoAnswer: there was no answer, or that it should be tried later
        :raises AccountRefused: it concerns the practice's account
        """
        try:
            response = self._session.post(*args, **kwargs)
            if response.status_code in LATER:
                response.raise_for_status()
        except requests.RequestException as error:
            raise NoAnswer from error
        if not response.ok:
            answer = response.json()
            if response.status_code == 401 or answer.get("code") in ACCOUNT:
                raise AccountRefused(answer.get("message"))
        return response
