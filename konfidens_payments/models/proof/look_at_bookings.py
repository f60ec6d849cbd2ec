from odoo import api, models
from odoo.tools import SQL

from ..booking.status import SETTLED_STATUSES
from .sides import COIN, CREDITS, IS_CREDITED, IS_PAID


class KonfidensPaymentProof(models.Model):
    """Whether every booking is accounted for: it has the status that it should have."""

    _inherit = "konfidens.payment.proof"

    @api.model
    def _look_at_unbilled(self, company):
        """Look for bookings that have a client and a service, and no way to be billed.

        They have no status, count as settled, and nobody would ever miss them.
        """
        return SQL(
            """
            SELECT id AS booking_id
              FROM konfidens_payment_booking
             WHERE company_id = %s AND active
               AND client_id IS NOT NULL AND service_id IS NOT NULL
               AND invoice_id IS NULL AND invoicing_method IS NULL
            """,
            company.id,
        )

    @api.model
    def _look_at_statuses(self, company):
        """Look for bookings whose status is none that their invoice allows.

        As `account.move._get_booking_status` says it, and where there is no invoice
        `_compute_payment_status`. Where several come into question, say since a next
        try is waited for, any of them is right.
        """
        return SQL(
            """
            WITH credit AS (%(credits)s), unsolved AS (
                SELECT DISTINCT move_id AS invoice_id
                  FROM konfidens_payment_message_line
                 WHERE company_id = %(company)s AND is_unsolved)
            SELECT booking_id, invoice_id
              FROM (
                SELECT booking.id AS booking_id, booking.invoice_id,
                       COALESCE(booking.payment_status, '') AS status,
                       CASE
                       WHEN move.id IS NULL THEN CASE
                            WHEN booking.invoicing_method = 'external'
                            THEN ARRAY['external']
                            WHEN booking.invoicing_method IS NULL
                            THEN ARRAY['']
                            WHEN booking.active IS NOT TRUE
                              OR booking.attendance = 'cancelled'
                            THEN ARRAY['cancelled']
                            WHEN booking.client_id IS NULL
                            THEN ARRAY['']
                            WHEN COALESCE(booking.price, 0) = 0
                            THEN ARRAY['free']
                            ELSE ARRAY['to_invoice'] END
                       WHEN move.externally_billed THEN ARRAY['external']
                       WHEN move.state = 'posted' THEN CASE
                            WHEN %(is_credited)s
                            THEN ARRAY['credited', 'refunded']
                            WHEN %(is_paid)s
                            THEN ARRAY['paid', 'refunded']
                            ELSE ARRAY[
                                'unpaid',
                                -- some is settled: paid, credited or written off
                                CASE WHEN move.amount_total - move.amount_residual
                                          - COALESCE(credit.used, 0) > %(coin)s
                                     THEN 'partial' END,
                                CASE WHEN unsolved.invoice_id IS NOT NULL
                                     THEN 'attention' END] END
                       WHEN abs(move.amount_total) < %(coin)s THEN ARRAY['free']
                       WHEN %(is_paid)s AND move.payment_completion_date IS NOT NULL
                       THEN ARRAY['paid']
                       WHEN %(is_paid)s AND move.payment_completion_problem IS NOT NULL
                       THEN ARRAY['attention']
                       ELSE CASE move.payment_message_state
                            WHEN 'scheduled' THEN ARRAY['scheduled']
                            WHEN 'sent' THEN ARRAY['sent', 'retrying']
                            WHEN 'failed' THEN ARRAY['attention']
                            WHEN 'delivered' THEN ARRAY['sent', 'attention']
                            ELSE ARRAY['draft'] END
                       END AS allowed
                  FROM konfidens_payment_booking booking
             LEFT JOIN account_move move ON move.id = booking.invoice_id
             LEFT JOIN credit ON credit.invoice_id = booking.invoice_id
             LEFT JOIN unsolved ON unsolved.invoice_id = booking.invoice_id
                 WHERE booking.company_id = %(company)s) known
             WHERE (status = ANY(allowed)) IS NOT TRUE
            """,
            credits=CREDITS,
            company=company.id,
            is_credited=IS_CREDITED,
            is_paid=IS_PAID,
            coin=COIN,
        )

    @api.model
    def _look_at_shares(self, company):
        """Look for bookings of which not all is billed to those who share them."""
        return SQL(
            """
            SELECT min(id) AS booking_id
              FROM konfidens_payment_booking
             WHERE company_id = %s AND active AND share > 0
          GROUP BY event_id, client_id
            HAVING client_id IS NOT NULL AND sum(share) <> 100
            """,
            company.id,
        )

    @api.model
    def _look_at_bookings(self, company):
        """Look for bookings that keep something else than what it follows from.

        Which invoice is in force, what is left to pay, whether it is settled, and when
        the appointment is.
        """
        return SQL(
            """
            WITH credit AS (%(credits)s), in_force AS (
                SELECT line.booking_id, COALESCE(
                           max(move.id) FILTER (WHERE line.billed_booking_id > 0),
                           max(move.id)) AS invoice_id
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
                 WHERE line.booking_id IS NOT NULL
                   AND move.move_type = 'out_invoice' AND move.state <> 'cancel'
              GROUP BY line.booking_id)
            SELECT booking_id, invoice_id
              FROM (
            SELECT booking.id AS booking_id, booking.invoice_id,
                   booking.invoice_id IS DISTINCT FROM in_force.invoice_id
                   OR booking.start IS DISTINCT FROM event.start
                   OR booking.stop IS DISTINCT FROM event.stop
                   OR (booking.allday IS TRUE) <> (event.allday IS TRUE)
                   OR (booking.is_settled IS TRUE)
                      <> (booking.payment_status IS NULL
                          OR booking.payment_status IN %(settled)s) AS differs,
                   CASE WHEN move.externally_billed OR move.state = 'posted'
                         AND (%(is_paid)s OR %(is_credited)s) THEN 0
                        ELSE GREATEST(
                            COALESCE(move.amount_residual, 0)
                            - COALESCE(credit.amount - credit.used, 0), 0) END AS due,
                   -- of several bookings of an invoice each has its share
                   sum(booking.amount_due)
                       OVER (PARTITION BY COALESCE(booking.invoice_id, -booking.id))
                       AS kept_due
              FROM konfidens_payment_booking booking
              JOIN calendar_event event ON event.id = booking.event_id
         LEFT JOIN in_force ON in_force.booking_id = booking.id
         LEFT JOIN account_move move ON move.id = booking.invoice_id
         LEFT JOIN credit ON credit.invoice_id = move.id
             WHERE booking.company_id = %(company)s) kept
             WHERE differs OR abs(COALESCE(kept_due, 0) - due) > %(coin)s
            """,
            company=company.id,
            coin=COIN,
            credits=CREDITS,
            is_credited=IS_CREDITED,
            is_paid=IS_PAID,
            settled=tuple(SETTLED_STATUSES),
        )
