import http.client

import psycopg2
import requests
import urllib3.exceptions as urllib3_errors

from odoo import models
from odoo.exceptions import AccessError

from .practice_problem import SMS_PROBLEMS
from .res_company import AccountRefused, NoAnswer

# How a connection ends that was there. One that cannot be made is refused, or out of
# time before: other errors.
BROKEN = (
    urllib3_errors.ProtocolError,
    urllib3_errors.ReadTimeoutError,
    http.client.HTTPException,
    BrokenPipeError,
    ConnectionAbortedError,
    ConnectionResetError,
)


class SmsSms(models.Model):
    _inherit = "sms.sms"

    def _send_payment_sms(self):
        """Call the provider for this one SMS, and note its answer.

        Where the provider may have taken it although no answer came, nothing is noted:
        it stays marked as being sent, until it is reported or given up.

        :return: whether the provider could be reached, and takes SMS of the practice
        :raises psycopg2.OperationalError: the answer could not be noted
        """
        self.ensure_one()
        failure = {}
        try:
            with self.env.cr.savepoint():
                answering = self.with_context(konfidens_payments_answers=True)
                for sms_api, sms in answering._split_by_api():
                    sms.with_context(sms_api=sms_api)._send(raise_exception=True)
        except psycopg2.OperationalError:
            raise
        # An AccessError is how `iap` tells that its server does not answer.
        except (AccessError, NoAnswer, requests.RequestException) as error:
            if _may_have_been_taken(error):
                return False
            failure = {"failure_type": "sms_server"}
        except AccountRefused as error:
            failure = {"failure_type": "sms_acc", "failure_reason": str(error)}
        except Exception as error:  # a wrong setting; never to be repeated by itself
            failure = {"failure_type": "unknown", "failure_reason": str(error)}
        if failure:
            self.write({"state": "error", "failure_type": failure["failure_type"]})
            self.sms_tracker_id._action_update_from_sms_state("error", **failure)
        return self.failure_type not in ("sms_server", *SMS_PROBLEMS)


def _may_have_been_taken(error):
    """Return whether the connection broke, or time was over, after it was made."""
    cause = error if isinstance(error, requests.RequestException) else error.__context__
    while inner := _get_inner_error(cause):
        cause = inner
    return isinstance(cause, BROKEN)


def _get_inner_error(error):
    """Return what `requests` and `urllib3` have wrapped, or None."""
    if isinstance(error, urllib3_errors.MaxRetryError):
        return error.reason
    if isinstance(error, urllib3_errors.ProxyError):
        return error.original_error
    if isinstance(error, requests.RequestException) and error.args:
        return error.args[0] if isinstance(error.args[0], Exception) else None
    return None
