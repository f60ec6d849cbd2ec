from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import start_of_day
from ..booking.deadline import TIME_TO_INVOICE


class KonfidensPaymentProof(models.Model):
    """Whether bookings are what their appointments are: who comes, when, and if."""

    _inherit = "konfidens.payment.proof"

    @api.model
    def _look_at_cancelled(self, company):
        """Look for cancelled appointments of which a payment is still expected.

        Of a booking that was not called off with them.
        """
        return SQL(
            """
            SELECT booking.id AS booking_id, booking.event_id, booking.invoice_id
              FROM konfidens_payment_booking booking
              JOIN calendar_event event ON event.id = booking.event_id
             WHERE booking.company_id = %s AND booking.active
               AND booking.is_settled IS NOT TRUE AND event.active IS NOT TRUE
            """,
            company.id,
        )

    @api.model
    def _look_at_guests(self, company):
        """Look for guests from outside of a group whom nobody bills.

        Of appointments with a service that bills each guest, from when that was chosen
        on, unless they are billed externally. Whose booking was called off is
        accounted for.
        """
        return SQL(
            """
            SELECT DISTINCT booking.event_id, attendee.partner_id AS guest_id
              FROM konfidens_payment_booking booking
              JOIN product_product service ON service.id = booking.service_id
              JOIN product_template template ON template.id = service.product_tmpl_id
              JOIN calendar_event event ON event.id = booking.event_id
              JOIN calendar_attendee attendee ON attendee.event_id = booking.event_id
             WHERE booking.company_id = %s AND booking.active AND event.active
               AND booking.invoicing_method IS DISTINCT FROM 'external'
               AND template.payments_bills_each_guest
               AND event.start >= COALESCE(
                    template.payments_bills_each_guest_since, event.start)
               AND NOT EXISTS (
                    SELECT FROM res_users
                     WHERE res_users.partner_id = attendee.partner_id
                       AND res_users.share IS NOT TRUE)
               AND NOT EXISTS (
                    SELECT FROM konfidens_payment_booking other
                     WHERE other.event_id = booking.event_id
                       AND other.client_id = attendee.partner_id)
            """,
            company.id,
        )

    @api.model
    def _look_at_deadlines(self, company):
        """Look for bookings that are not invoiced, past the day by which they must be.

        See `konfidens.payment.booking.invoice_deadline`. It is that day where the
        practice is.
        """
        tz = company._get_payments_tz()
        today = fields.Date.context_today(self.with_context(tz=tz))
        return SQL(
            """
            SELECT booking.id AS booking_id, booking.invoice_id
              FROM konfidens_payment_booking booking
         LEFT JOIN account_move move ON move.id = booking.invoice_id
             WHERE booking.company_id = %s AND booking.is_settled IS NOT TRUE
               AND (move.id IS NULL OR move.state = 'draft')
               AND booking.start < %s
            """,
            company.id,
            start_of_day(today - TIME_TO_INVOICE, tz),
        )
