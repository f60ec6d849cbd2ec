from odoo import fields, models
from odoo.tools import format_date

from ..tools import format_clock


class CalendarEvent(models.Model):
    """What is said of a booking: to clients, and of its next step."""

    _inherit = "calendar.event"

    def _get_payment_tz(self):
        """Return the name of the time zone in which the appointment takes place."""
        return (
            self.user_id.tz
            or self.company_id.partner_id.tz
            or self.payer_id.tz
            or self.env.user.tz
            or "UTC"
        )

    def _get_public_date(self):
        """Return when the appointment is, for a client to read.

        In the language of the context and the time zone of the practitioner.
        """
        self.ensure_one()
        if self.allday:
            return format_date(self.env, self.start_date, date_format="long")
        start = fields.Datetime.context_timestamp(
            self.with_context(tz=self._get_payment_tz()), self.start
        )
        return self.env._(
            "%(date)s at %(time)s",
            date=format_date(self.env, start, date_format="long"),
            time=format_clock(self.env, start.time()),
        )

    def _get_public_label(self):
        """Return the only words about the booking that may leave the house."""
        return self.env._("Appointment %(date)s", date=self._get_public_date())

    def _get_invoice_label(self):
        """Return the text of the invoice line, in the payer's language."""
        return self.with_context(
            lang=self.payer_id.lang or self.env.lang
        )._get_public_label()

    def _get_next_step(self):
        """Return what happens next with the payment, in words, or False."""
        self.ensure_one()
        status = self.payment_status
        if status in ("scheduled", "sent", "attention"):
            return self.invoice_id.payment_message_story
        if status == "draft":
            return self.env._("Send the payment message when you are ready.")
        if status == "to_invoice":
            return self.env._("Create the invoice when you are ready.")
        if status == "unpaid":
            return self.env._(
                "Waits for payment, due %(date)s.",
                date=format_date(self.env, self.invoice_id.invoice_date_due),
            )
        return False
