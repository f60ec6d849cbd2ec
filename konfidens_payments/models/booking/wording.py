import pytz

from odoo import api, fields, models
from odoo.tools import get_lang

from ...tools import format_appointment


class KonfidensPaymentBooking(models.Model):
    """What is said of a booking: who and when, and never what it is about."""

    _inherit = "konfidens.payment.booking"

    calendar_label = fields.Char(
        compute="_compute_calendar_label",
        export_string_translation=False,
        help="Who, and how far the payment is: the calendar itself says when.",
    )

    @api.depends("client_id", "payment_status")
    @api.depends_context("lang")
    def _compute_calendar_label(self):
        statuses = dict(self._fields["payment_status"]._description_selection(self.env))
        for booking in self:
            client = booking.client_id.display_name or self.env._("No client")
            status = statuses.get(booking.payment_status)
            booking.calendar_label = f"{client} · {status}" if status else client

    @api.depends("client_id", "payer_id", "share", "start")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for booking in self:
            client = booking.client_id.display_name or self.env._("No client")
            if booking._is_shared() and booking.payer_id != booking.client_id:
                client = f"{client} ({booking.payer_id.display_name})"
            booking.display_name = self.env._(
                "%(client)s, %(date)s",
                client=client,
                date=booking.start and booking._get_public_date(),
            )

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
        return format_appointment(
            self.env, self.start, self._get_payment_tz(), self.allday
        )

    def _get_local_day(self):
        """Return on which day (`date`) the appointment is where it takes place."""
        self.ensure_one()
        if self.allday:
            return self.start.date()
        tz = pytz.timezone(self._get_payment_tz())
        return pytz.utc.localize(self.start).astimezone(tz).date()

    def _get_public_label(self):
        """Return the only words about the booking that may leave the house."""
        return self.env._("Appointment %(date)s", date=self._get_public_date())

    def _get_label_source(self):
        """Return what the text of the invoice line follows from, to be compared."""
        return (
            self.start,
            self.allday,
            self.user_id,
            self.payer_id,
            self.service_id,
            self.attendance,
        )

    def _get_invoice_label(self):
        """Return the text of the invoice line, in the payer's language.

        Of the service no more than the practice chose to say on invoices.
        """
        lang = get_lang(self.env, self.payer_id.lang).code
        theirs = self.with_context(lang=lang)
        if self.has_fee:
            return theirs._get_fee_label()
        service = theirs.service_id.payments_invoice_text
        if not service:
            return theirs._get_public_label()
        return theirs.env._(
            "%(service)s, %(date)s", service=service, date=theirs._get_public_date()
        )
