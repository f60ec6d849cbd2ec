from odoo import api, fields, models
from odoo.exceptions import UserError


class KonfidensPaymentMessage(models.Model):
    """What people do with payment messages."""

    _inherit = "konfidens.payment.message"

    is_unsolved = fields.Boolean(
        compute="_compute_is_unsolved", export_string_translation=False
    )

    @api.depends("all_line_ids.is_unsolved")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_unsolved(self):
        for message in self:
            message.is_unsolved = any(message.line_ids.mapped("is_unsolved"))

    def action_send_now(self):
        """Send scheduled messages at once instead of at their time.

        Of reminders and receipts the button asks.

        :return: for payment messages, where the practice sends none at this hour, the
            dialog that asks; else nothing
        :raises AccessError: the user may not bill these bookings
        :raises UserError: one of them has left or was called off meanwhile
        """
        messages = self._lock_in_state("scheduled").message_id
        is_quiet = messages._is_quiet()
        if is_quiet and set(messages.mapped("kind")) == {"payment"}:
            action = self.move_ids.action_send_payment_message()
            channels = set(messages.mapped("channel"))
            if len(channels) == 1:  # as it was scheduled
                action["context"] = {
                    **action["context"],
                    "default_channel": channels.pop(),
                }
            return action
        messages.write(
            {
                "scheduled_date": fields.Datetime.now(),
                "turn": messages._get_turn(len(messages), True),
                "at_any_hour": is_quiet,
            }
        )
        messages._log(lambda message: message._describe_send_now())
        messages._trigger_sending()
        return None

    def action_cancel(self):
        """Call off scheduled messages; their invoices stay drafts.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: one of them has left or was called off meanwhile
        """
        self._lock_in_state("scheduled").message_id._cancel_scheduled()

    def action_retry(self):
        """Send failed messages again, each invoice's as a new message.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: what made it fail is still there
        """
        return self._send_again(lambda channel: channel)

    def action_other_channel(self):
        """Send failed messages once more, by SMS instead of e-mail or the reverse.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: the payer cannot be reached by the other channel
        """
        return self._send_again(
            lambda channel: self._get_other_channel(channel) or channel
        )

    def _send_again(self, choose):
        """Send these failed messages again.

        :return: the new messages
        """
        return self._lock_in_state("failed").move_id._schedule_again(choose)

    def _lock_in_state(self, state):
        """Return what these messages tell, with all rights, locked, in the given state.

        Of messages that tell of invoices of several practitioners, what the user may
        see.

        :return: `konfidens.payment.message.line` records
        :raises AccessError: the user may not bill these bookings
        :raises UserError: one of them is in another state by now
        """
        self.check_access("read")
        lines = self.line_ids
        lines.move_id._check_payment_access()
        lines = lines.sudo()  # sudo: access was checked
        lines.move_id._lock_for_payment()
        messages = self.sudo()  # sudo: as above
        if (
            messages.try_lock_for_update() != messages
            or messages.filtered(lambda message: message.state != state)
            or any(
                line != line.move_id.payment_message_line_ids._get_latest(line.kind)
                for line in lines
            )
        ):
            raise self._changed_meanwhile()
        return lines

    @api.model
    def _changed_meanwhile(self):
        """Return the UserError for who acts on what is no longer so."""
        return UserError(
            self.env._(
                "This payment message has changed meanwhile. Reload the page to see "
                "where it stands."
            )
        )
