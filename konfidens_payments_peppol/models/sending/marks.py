"""What is known of one document while Odoo's access point is asked to take it."""

import requests

from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from odoo.addons.account_edi_proxy_client.models.account_edi_proxy_user import (
    AccountEdiProxyError,
)
from odoo.addons.konfidens_payments.models.sending.sms_answer import was_not_taken

KEY = "konfidens_payments_sending"
# How Odoo's access point says that it takes nothing now: an error of its own, and that
# the practice has sent as many as it may in a day.
NOT_NOW = (704, 707)


class Sending:
    """The mark, in the context, of our own sending; over RPC nobody can send it.

    :ivar asked: whether the access point was asked to take the document
    :ivar answer: what it said, or None
    :ivar error: the exception instead of an answer, or None
    """

    def __init__(self):
        self.asked = False
        self.answer = None
        self.error = None

    def get_uuid(self):
        """Return under which name the access point has the document, or None."""
        answer = self.answer if isinstance(self.answer, dict) else {}
        messages = answer.get("messages")
        if not isinstance(messages, list) or len(messages) != 1:
            return None
        return isinstance(messages[0], dict) and messages[0].get("message_uuid") or None

    def judge(self, error=None):
        """Return what became of a document of which nothing else is known.

        :param error: the exception with which sending it ended, or None
        :return: the `failure_type`: it could not be made, it was refused, it may be
            tried again, or nobody knows
        """
        if not self.asked:
            passes = _find(error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY) is not None
            return "peppol_busy" if passes else "peppol_unmade"
        if self.says_not_now():
            return "peppol_proxy"
        if self.error is None:
            return "peppol_unconfirmed"
        refused = _find(self.error, AccountEdiProxyError)
        if refused is None:
            # Odoo asked nobody, or was told no; of other errors nothing is known
            told = isinstance(self.error, UserError)
            return "peppol_refused" if told else "peppol_unconfirmed"
        if refused.code != "connection_error":
            return "peppol_refused"
        cause = _find(refused, requests.RequestException)
        if cause is not None and was_not_taken(cause):
            return "peppol_proxy"
        return "peppol_unconfirmed"

    def says_not_now(self):
        """Return whether the access point's answer is that it takes it later."""
        refusal = isinstance(self.answer, dict) and self.answer.get("error")
        if not isinstance(refusal, dict):
            return False
        data = refusal.get("data")
        context = isinstance(data, dict) and data.get("context")
        known = context if isinstance(context, dict) and context else refusal
        return known.get("code") in NOT_NOW


def get_mark(records):
    """Return the `Sending` of these records' context, or None."""
    mark = records.env.context.get(KEY)
    return mark if isinstance(mark, Sending) else None


def _find(error, kind):
    """Return the exception of a kind that led to this one, or None."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error
