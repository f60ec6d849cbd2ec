import logging

import psycopg2

from odoo import models

from ...tools import is_quiet, quietly
from .practice_problem import SMS_PROBLEMS
from .sms_answer import Listener, NotTaken, Refused

_logger = logging.getLogger(__name__)


class SmsSms(models.Model):
    _inherit = "sms.sms"

    def _send_payment_sms(self):
        """Call the provider for this one SMS, and note its answer.

        Where the provider may have taken it, and no answer says so, nothing is noted:
        it stays marked as being sent, until it is reported or given up.

        :return: whether the provider could be reached, answers so that it can be
            understood, and takes SMS of the practice
        :raises psycopg2.OperationalError: the answer could not be noted
        """
        self.ensure_one()
        failure = {}
        try:
            with self.env.cr.savepoint():
                answering = quietly(self).with_context(konfidens_payments_answers=True)
                for sms_api, sms in answering._split_by_api():
                    listening = sms.with_context(sms_api=Listener(sms_api))
                    listening._send(raise_exception=True)
        except psycopg2.OperationalError:
            raise
        except NotTaken:
            failure = {"failure_type": "sms_server"}
        except Refused as refusal:
            failure = {
                "failure_type": refusal.failure_type,
                "failure_reason": refusal.reason,
            }
        except Exception:  # whatever it was, it says nothing of the SMS
            _logger.warning("Nobody knows whether an SMS was taken", exc_info=True)
            return False
        if failure:
            self.write({"state": "error", "failure_type": failure["failure_type"]})
            self.sms_tracker_id._action_update_from_sms_state("error", **failure)
        return self.failure_type not in ("sms_server", *SMS_PROBLEMS)


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _notify_message_notification_update(self):
        """Override of `mail` to leave out what it tells the job itself.

        That costs more than all else of an SMS, and nobody looks at it.
        """
        if is_quiet(self):
            return None
        return super()._notify_message_notification_update()
