from odoo import models
from odoo.exceptions import UserError


class KonfidensPaymentMessage(models.Model):
    """How a payment message is called off that has not left yet."""

    _inherit = "konfidens.payment.message"

    def _cancel_scheduled(self):
        # sudo: whoever may cancel the invoice may call off its message
        scheduled = self.sudo().filtered(lambda message: message.state == "scheduled")
        if scheduled:
            scheduled.state = "cancelled"
            scheduled.flush_recordset(["state"])  # before another one is scheduled
            scheduled._log(lambda message: message._describe_cancellation())

    def _call_off(self):
        """Call off what is scheduled, and what was handed over but has not left.

        :raises UserError: one of them is leaving at this moment
        """
        self._cancel_scheduled()
        # sudo: whoever may cancel the invoice may call off its message
        for message in self.sudo().filtered(lambda message: message.state == "sent"):
            if not message._take_back():
                raise UserError(
                    self.env._(
                        "The payment message is leaving at this moment. Wait a moment, "
                        "reload the page and look again."
                    )
                )

    def _call_off_unwanted(self):
        """Call off what was handed over, has not left, and is wanted no more.

        It may wait for hours while the mail server is down: time to pay at the desk.
        """
        for message in self:
            if message.state == "sent" and not message.move_id._wants_payment_message():
                message._take_back()

    def _take_back(self):
        """Take what has not left out of the queues; where nothing has, call it off.

        What would have left with it is due anew, without it.

        :return: False if some of it is leaving at this moment: then nothing changes
        """
        self.ensure_one()
        if self._is_leaving():
            return False
        waiting = self._get_waiting()
        others = self._with_companions() - self
        if others and waiting != self._get_notifications():
            return True  # by one channel it has left, and told of them all
        self._get_queued_mails(waiting).state = "cancel"
        if "sms" in waiting.mapped("notification_type"):
            self._cancel_sms()
        waiting.notification_status = "canceled"
        statuses = set(self._get_notifications().mapped("notification_status"))
        if statuses <= {"canceled"}:
            self.write({"state": "cancelled", "next_try_date": False})
            self._log(lambda message: message._describe_cancellation())
            others._schedule_anew()
        return True

    def _is_leaving(self):
        """Return whether it is being sent at this moment; if not, it waits for us.

        While it sends, `mail` locks the notification; the mail itself only afterwards.
        """
        waiting = self._get_waiting()
        return waiting.try_lock_for_update() != waiting

    def _get_waiting(self):
        """Return the `mail.notification` records of what has not left."""
        return self._get_notifications().filtered(
            lambda notification: (
                notification.notification_status in ("ready", "exception")
            )
        )

    def _get_queued_mails(self, notifications):
        """Return the mails of these notifications that have not left."""
        return self.env["mail.mail"].search(
            [
                ("mail_message_id", "in", notifications.mail_message_id.ids),
                ("state", "in", ("exception", "outgoing")),
            ]
        )
