import psycopg2
import requests

from odoo import models
from odoo.exceptions import AccessError


class SmsSms(models.Model):
    _inherit = "sms.sms"

    def _send_payment_sms(self):
        """Call the provider for this one SMS, and note its answer.

        :return: whether the provider could be reached
        :raises psycopg2.OperationalError: the answer could not be noted
        """
        self.ensure_one()
        failure = {}
        try:
            with self.env.cr.savepoint():
                for sms_api, sms in self._split_by_api():
                    sms.with_context(sms_api=sms_api)._send(raise_exception=True)
        except psycopg2.OperationalError:
            raise
        # An AccessError is how `iap` tells that its server does not answer.
        except (AccessError, requests.RequestException):
            failure = {"failure_type": "sms_server"}
        except Exception as error:  # a wrong setting; never to be repeated by itself
            failure = {"failure_type": "unknown", "failure_reason": str(error)}
        if failure:
            self.write({"state": "error", "failure_type": failure["failure_type"]})
            self.sms_tracker_id._action_update_from_sms_state("error", **failure)
        return self.failure_type != "sms_server"
