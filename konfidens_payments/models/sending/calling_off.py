from odoo import fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """How the payment messages of invoices are called off that have not left yet."""

    _inherit = "account.move"

    def _call_off_messages(self):
        """Call off what is scheduled, and what was handed over but has not left.

        :raises UserError: one of them is leaving at this moment
        """
        # sudo: whoever may cancel the invoice may call off its message
        lines = self.sudo().payment_message_line_ids.filtered("pending")
        lines.message_id._cancel_scheduled()
        for message, theirs in lines.filtered("pending").grouped("message_id").items():
            if not message._take_back(theirs):
                raise UserError(
                    self.env._(
                        "The payment message is leaving at this moment. Wait a moment, "
                        "reload the page and look again."
                    )
                )


class KonfidensPaymentMessage(models.Model):
    """How a payment message is called off that has not left yet."""

    _inherit = "konfidens.payment.message"

    def _cancel_scheduled(self):
        # sudo: whoever may cancel the invoice may call off its message
        scheduled = self.sudo().filtered(lambda message: message.state == "scheduled")
        if scheduled:
            scheduled._set_cancelled()
            scheduled._log(lambda message: message._describe_cancellation())

    def _call_off_unwanted(self):
        """Call off what was handed over, has not left, and is wanted no more.

        It may wait for hours while the mail server is down: time to pay at the desk.
        Or online: then it waits for what becomes of that payment.
        """
        sent = self.filtered(lambda message: message.state == "sent")
        sent.line_ids.move_id._fetch_transactions()
        all_wanted = sent.line_ids._filter_wanted()
        for message in sent:
            lines = message.line_ids
            wanted = lines & all_wanted
            held = wanted._filter_held()
            unwanted = lines - wanted + held
            taken = unwanted and message._take_back(unwanted)
            if taken and held and message.state == "cancelled":
                again = held.move_id._schedule_payment_message(
                    fields.Datetime.now(), message.channel
                )
                again._wait_for_payment()

    def _take_back(self, lines):
        """Take this sent message out of the queues, for good where none of it has left.

        What it would have told besides is due anew, without these.

        :param lines: those of its lines that are wanted no more
        :return: False if some of it is leaving at this moment: then nothing changes
        """
        self.ensure_one()
        if self._is_leaving():
            return False
        waiting = self._get_waiting()
        others = self.line_ids - lines
        if others and (waiting != self.notification_ids or self.unconfirmed):
            return True  # by one channel it has left, or may have, and told of them all
        self._empty_queues()
        waiting.notification_status = "canceled"
        if set(self.notification_ids.mapped("notification_status")) <= {"canceled"}:
            self._set_cancelled()
            self._log(lambda message: message._describe_cancellation())
            if others:
                self._send_instead(others.move_id, self.channel, self.scheduled_date)
        return True

    def _send_instead(self, moves, channel, scheduled_date):
        """Schedule for these invoices what this message has not told, or not so well.

        :return: the new `konfidens.payment.message` records
        """
        return moves._schedule_payment_message(scheduled_date, channel)

    def _empty_queues(self):
        """Take out of our queues what has not left, so that it does not after all."""
        self._get_queued_mails(self.notification_ids).state = "cancel"
        self._get_sms().filtered(
            lambda sms: sms.state in ("process", "error")
        ).to_delete = True
        self.notification_ids.filtered(
            lambda notification: notification.notification_status == "ready"
        ).notification_status = "canceled"

    def _is_leaving(self):
        """Return whether it is being sent at this moment; if not, it waits."""
        waiting = self._get_waiting()
        return (
            "process" in self.notification_ids.mapped("notification_status")
            or waiting.try_lock_for_update() != waiting
        )

    def _get_waiting(self):
        """Return the `mail.notification` records of what has not left."""
        return self.notification_ids.filtered(
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
