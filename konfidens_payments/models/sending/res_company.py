from datetime import timedelta

import requests

from odoo import fields, models

from .sms_answer import NotTaken, Unclear, read_twilio, was_not_taken


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


class _Answering:
    """What is added to Twilio's class."""

    def _sms_twilio_send_request(self, session, *args, **kwargs):
        """Override of `sms_twilio`: raise what it would only write to the log.

        :raises Exception: as `_Session.post`
        """
        return super()._sms_twilio_send_request(_Session(session), *args, **kwargs)


class _Session:
    """A session of `requests` whose errors Twilio's class does not swallow."""

    def __init__(self, session):
        self._session = session

    def post(self, *args, **kwargs):
        """Post a request.

        :return: Twilio's answer, in its own format: taken, or refused
        :raises NotTaken: it was not asked, or takes nothing now
        :raises Refused: it concerns the practice's account
        :raises Unclear: nobody knows whether it took the SMS
        """
        try:
            # not to anybody else: that it was not taken there would say nothing
            response = self._session.post(*args, **kwargs, allow_redirects=False)
            read_twilio(response)
        except requests.RequestException as error:
            raise (NotTaken if was_not_taken(error) else Unclear) from error
        return response
