from odoo import api, fields, models

from ..booking.calendar_event import GROUPS


class AccountMove(models.Model):
    """*Try Again*, on what waits because sending is paused."""

    _inherit = "account.move"

    waits_in_pause = fields.Boolean(
        compute="_compute_waits_in_pause",
        compute_sudo=True,
        export_string_translation=False,
        groups=GROUPS,
    )

    @api.depends("payment_message_state", "company_id.payments_pause_ids")
    def _compute_waits_in_pause(self):
        for move in self:
            move.waits_in_pause = bool(move._get_pause())

    def _get_pause(self):
        """Return the pause in sending in which its payment message waits, or none."""
        latest = self._get_latest_payment_message()
        if latest.state in ("scheduled", "sent"):
            return latest._get_pause()
        return self.env["konfidens.payment.pause"]

    def action_try_again(self):
        """Try one of the messages that wait in the same pause as that of this invoice.

        :return: see `konfidens.payment.pause.action_try_again`
        :raises AccessError: the user may not read the invoice
        """
        self.check_access("read")
        pauses = self.env["konfidens.payment.pause"]
        for move in self.sudo():  # sudo: access was checked
            pauses |= move._get_pause().with_env(self.env)
        return pauses.action_try_again()


class KonfidensPaymentBooking(models.Model):
    _inherit = "konfidens.payment.booking"

    waits_in_pause = fields.Boolean(
        compute="_compute_waits_in_pause",
        compute_sudo=True,
        export_string_translation=False,
    )

    @api.depends("invoice_id.waits_in_pause")
    def _compute_waits_in_pause(self):
        for booking in self:
            booking.waits_in_pause = booking._origin.invoice_id.waits_in_pause

    def action_try_again(self):
        """As `account.move.action_try_again`, for the invoices of these bookings.

        :return: see `konfidens.payment.pause.action_try_again`
        :raises AccessError: the user may not bill these bookings
        """
        return self._get_billed_invoices().action_try_again()
