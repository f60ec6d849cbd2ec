import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.sms.tools.sms_tools import sms_content_to_rendered_html

from ...tools import again_on_conflict, get_time_left
from .crew import Crew

_logger = logging.getLogger(__name__)

# Spaces that would make every SMS an expensive one, of 70 characters.
_SPACES = str.maketrans("\u00a0\u202f", "  ")
# An SMS of which nobody knows this long whether the provider took it.
INTERRUPTED = timedelta(minutes=10)
# How soon it is tried again where the provider did not answer.
PAUSE = timedelta(minutes=1)
# So many are looked up at a time, and for so long sent until it is noted how many.
SLICE = 24
LOOK = 1.0  # seconds
# What is noted of an SMS that the provider has.
TAKEN = ("pending", "sent")


def _send_one(env, notification_id):
    """Send one SMS, by an environment of its own; see `Crew`."""
    notification = env["mail.notification"].browse(notification_id)
    return env["konfidens.payment.message"]._send_marked(notification)


class KonfidensPaymentMessage(models.Model):
    """How a payment message leaves as an SMS, through Odoo's `sms`.

    A provider may take an SMS although its answer never comes, and Odoo's own queue
    would send a whole batch again then. So each is marked and committed before the
    provider is called, and what is marked is not sent a second time unless the
    provider refused it. The mark is the notification's status *process*; the SMS
    itself has that state from the beginning, so that Odoo's queue leaves it alone.
    """

    _inherit = "konfidens.payment.message"

    # === HAND-OVER === #

    def _create_sms(self):
        """Create the outgoing SMS of each of these messages that goes by SMS."""
        messages = self._by_channel("sms")
        if not messages:
            return
        self._get_cron("send_sms")._trigger()
        rendered = messages._render_sms()
        mail_messages = self.env["mail.message"].create(
            [
                {
                    **message._prepare_mail_message_values(),
                    "message_type": "sms",
                    "body": sms_content_to_rendered_html(rendered[message.id]),
                }
                for message in messages
            ]
        )
        all_sms = self.env["sms.sms"].create(
            [
                {
                    "mail_message_id": mail_message.id,
                    "partner_id": message.partner_id.id,
                    "number": message.partner_id.phone_sanitized,
                    "body": rendered[message.id],
                    "state": "process",
                }
                for message, mail_message in zip(messages, mail_messages, strict=True)
            ]
        )
        self.env["mail.notification"].create(
            [
                {
                    "konfidens_payment_message_id": message.id,
                    "author_id": sms.mail_message_id.author_id.id,
                    "mail_message_id": sms.mail_message_id.id,
                    "res_partner_id": sms.partner_id.id,
                    "sms_number": sms.number,
                    "sms_id_int": sms.id,
                    "sms_tracker_ids": [Command.create({"sms_uuid": sms.uuid})],
                    "notification_type": "sms",
                    "notification_status": "ready",
                    "is_read": True,  # not for the inbox
                }
                for message, sms in zip(messages, all_sms, strict=True)
            ]
        )

    def _render_sms(self):
        """Return the text of the payment SMS by the message's id, in its language."""
        bodies = {}
        for template, theirs in self.grouped(
            lambda message: message._get_sms_template()
        ).items():
            self._check_template(template)
            # sudo: it is shown to whoever may send it, and sends nothing by itself
            bodies |= template.sudo()._render_field(
                "body", theirs._ids, compute_lang=True
            )
        return {key: body.translate(_SPACES) for key, body in bodies.items()}

    def _get_sms_template(self):
        """Return the `sms.template` of this message's SMS."""
        return self.env.ref("konfidens_payments.sms_template_payment")

    # === SENDING === #

    @api.model
    @again_on_conflict
    def _cron_send_sms(self):
        """Send our outgoing SMS, a few at once, each marked and committed before."""
        if not self._has_unfinished():
            return
        is_over = not get_time_left(self.env)
        if not is_over:
            self._give_up_interrupted()
            self._put_off_parts("sms")
            is_over = self._send_all_sms()
        left = is_over and self.search_count(self._get_waiting_domain("sms"))
        self.env["ir.cron"]._commit_progress(remaining=int(left))

    def _send_all_sms(self):
        """Send SMS until nothing is left or the time is over.

        :return: whether the time is over
        """
        with Crew(self.env, _send_one) as crew:
            is_over = self._keep_busy(crew)
        self._note_taken_sms(crew.wait(0))
        if crew.stopped:
            self._get_cron("send_sms")._trigger(fields.Datetime.now() + PAUSE)
        return is_over

    def _keep_busy(self, crew):
        """Give a crew what goes next, while what went before is on its way.

        :return: whether the time is over
        """
        while get_time_left(self.env) and not crew.stopped:
            parts = self._get_next_parts("sms", SLICE)
            parts.konfidens_payment_message_id._call_off_unwanted()
            parts = parts.filtered(lambda part: part.notification_status == "ready")
            companies = parts.konfidens_payment_message_id.company_id
            most = min(companies.mapped("payments_sms_connections"), default=1)
            self._commit_now()
            if not parts and not crew.is_busy():
                return False
            crew.give(parts.ids, most)
            low = SLICE // 3 if len(parts) == SLICE else None
            self._note_taken_sms(crew.wait(LOOK, low))
        return not crew.stopped

    def _note_taken_sms(self, notification_ids):
        """Note how far this job is; what the provider took ends the pauses."""
        parts = self.env["mail.notification"].browse(notification_ids)
        taken = parts.filtered(lambda part: part.notification_status in TAKEN)
        self.env["konfidens.payment.pause"]._end(
            taken.konfidens_payment_message_id.company_id, "sms"
        )
        self.env["ir.cron"]._commit_progress(len(parts))

    def _send_marked(self, notification):
        """Mark one SMS as being sent, commit, and send it.

        :return: whether the provider could be reached, and takes SMS of the practice
        """
        notification = notification.try_lock_for_update()
        if notification.notification_status != "ready":
            return True  # called off meanwhile
        sms = self.env["sms.sms"].browse(notification.sms_id_int)
        notification.notification_status = "process"
        sms.write({"state": "process", "failure_type": False})  # and so its date
        self._commit_now()
        try:
            reached = sms._send_payment_sms()
            self._note_answer(notification, sms)
            self.env.flush_all()
            return reached
        except psycopg2.OperationalError:
            # The provider's report came before its answer was written down, and it
            # knows better. Whatever it was: this SMS is not sent again.
            _logger.info("A report came before the answer to %s", sms, exc_info=True)
            self.env.cr.rollback()
            return True

    def _note_answer(self, notification, sms):
        """Note that the provider has this SMS now, if it has.

        Odoo leaves a notification *process*, which is our mark of what is being sent,
        where the provider has it and is not done.
        """
        if sms.to_delete and notification.notification_status == "process":
            notification.notification_status = "pending"
        notification.konfidens_payment_message_id._note_all_left()

    @api.model
    def _give_up_interrupted(self):
        """Report what was marked for sending, and of which no answer came.

        Or none that says so: the server stopped, or the connection broke. Nobody knows
        whether the provider took it. Its report would have come by now, and sending it
        again might message somebody twice.
        """
        marked = self.env["mail.notification"].search(
            [
                ("konfidens_payment_message_id", "!=", False),
                ("notification_type", "=", "sms"),
                ("notification_status", "=", "process"),
            ]
        )
        interrupted = self.env["sms.sms"].search(
            [
                ("id", "in", marked.mapped("sms_id_int")),
                ("state", "=", "process"),  # else the provider has it
                ("to_delete", "=", False),
                ("write_date", "<=", fields.Datetime.now() - INTERRUPTED),
            ]
        )
        if interrupted:
            interrupted.write({"state": "error", "failure_type": "unknown"})
            interrupted.sms_tracker_id._action_update_from_sms_state(
                "error", failure_type="sms_unconfirmed"
            )

    def _get_interruption(self):
        return self.env._(
            "Nobody knows whether the SMS left: the server stopped, the connection "
            "broke or the answer made no sense, and its provider did not report it. "
            "Ask the client before you send it again."
        )

    # === FAILURE === #

    def _get_sms(self):
        return (
            self.env["sms.sms"]
            .browse(self._get_notifications("sms").mapped("sms_id_int"))
            .exists()
        )

    def _get_sms_refusal(self, notification):
        """Return in words why an SMS did not arrive."""
        number = notification.sms_number
        match notification.failure_type:
            case "sms_number_missing" | "sms_number_format" | "sms_invalid_destination":
                return self.env._(
                    "No SMS can be sent to %(number)s: correct the number.",
                    number=number,
                )
            case "sms_credit":
                return self.env._("There is no credit left at the SMS provider.")
            case "sms_server":
                return self.env._("The SMS provider cannot be reached.")
            case "sms_unconfirmed":
                return self._get_interruption()
            case "sms_acc" if notification.failure_reason:
                return self.env._(
                    "The SMS provider does not accept the practice's account: "
                    "%(reason)s",
                    reason=notification.failure_reason,
                )
            case "sms_acc":
                return self.env._("The account at the SMS provider cannot be used yet.")
            case "sms_country_not_supported":
                return self.env._(
                    "The SMS provider does not send to the country of %(number)s.",
                    number=number,
                )
            case "sms_registration_needed":
                return self.env._(
                    "The SMS provider sends to the country of %(number)s only after a "
                    "registration.",
                    number=number,
                )
            case "sms_expired" | "sms_not_delivered":
                return self.env._(
                    "The SMS to %(number)s could not be delivered.", number=number
                )
            case "sms_not_allowed" | "sms_rejected":
                return self.env._(
                    "The SMS to %(number)s was rejected by the phone network.",
                    number=number,
                )
        return self.env._(
            "The SMS to %(number)s was refused: %(reason)s",
            number=number,
            reason=notification.failure_reason or self._get_other_refusal(notification),
        )
