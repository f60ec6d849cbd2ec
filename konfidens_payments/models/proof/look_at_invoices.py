from odoo import api, models
from odoo.tools import SQL

from ..invoice.attention import CREDIT_ACTIVITY
from .sides import COIN, CREDITS, IS_CREDITED, billing, latest

ASKING = ("payment", "reminder")


class KonfidensPaymentProof(models.Model):
    """Whether money is the same on both sides: told, posted, credited and paid."""

    _inherit = "konfidens.payment.proof"

    @api.model
    def _look_at_invoices_in_force(self, company):
        """Look for bookings that two invoices bill which are in force.

        By what the invoices are, not by what the database keeps of it: see
        `account.move._is_in_force`.
        """
        return SQL(
            """
            WITH several AS (
                SELECT line.booking_id, array_agg(DISTINCT move.id) AS ids
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
                  JOIN konfidens_payment_booking booking
                    ON booking.id = line.booking_id
                 WHERE booking.company_id = %(company)s
                   AND move.move_type = 'out_invoice' AND move.state <> 'cancel'
              GROUP BY line.booking_id
                HAVING count(DISTINCT move.id) > 1),
            credit AS (%(credits)s)
            SELECT several.booking_id, max(move.id) AS invoice_id
              FROM several
              JOIN account_move move ON move.id = ANY(several.ids)
         LEFT JOIN credit ON credit.invoice_id = move.id
             WHERE NOT (move.state = 'posted' AND %(is_credited)s)
          GROUP BY several.booking_id
            HAVING count(*) > 1
            """,
            company=company.id,
            credits=CREDITS,
            is_credited=IS_CREDITED,
        )

    @api.model
    def _look_at_invoices(self, company):
        """Look for invoices that keep something else than what it follows from.

        Which bookings they bill as long as they are in force, where their latest
        message stands, and whether one is on its way.
        """
        return SQL(
            """
            WITH credit AS (%(credits)s), asking AS (%(asking)s),
            payment AS (%(payment)s)
            SELECT DISTINCT invoice_id FROM (
                SELECT move.id AS invoice_id
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
             LEFT JOIN credit ON credit.invoice_id = move.id
                 WHERE line.company_id = %(company)s
                   AND (line.booking_id IS NOT NULL
                        OR line.billed_booking_id IS NOT NULL)
                   AND line.billed_booking_id IS DISTINCT FROM
                       CASE WHEN move.move_type = 'out_invoice'
                             AND move.state <> 'cancel'
                             AND NOT (move.state = 'posted' AND %(is_credited)s)
                            THEN line.booking_id END
             UNION ALL
                SELECT billing.invoice_id
                  FROM (%(billing)s) billing
                  JOIN account_move move ON move.id = billing.invoice_id
             LEFT JOIN asking ON asking.invoice_id = move.id
             LEFT JOIN payment ON payment.invoice_id = move.id
                 WHERE move.payment_message_state IS DISTINCT FROM asking.state
                   AND move.payment_message_state IS DISTINCT FROM payment.state
             UNION ALL
                SELECT line.move_id
                  FROM konfidens_payment_message_line line
                  JOIN konfidens_payment_message message
                    ON message.id = line.message_id
                 WHERE line.company_id = %(company)s
                   AND (line.pending IS TRUE)
                       <> (message.state IN ('scheduled', 'sent'))) known
            """,
            credits=CREDITS,
            asking=latest(company, ASKING),
            payment=latest(company, ("payment",)),
            company=company.id,
            is_credited=IS_CREDITED,
            billing=billing(company),
        )

    @api.model
    def _look_at_told(self, company):
        """Look for invoices that are not what their payer was told.

        Amount, currency and payer of the latest payment message that left, as long as
        the invoice is in force. See `konfidens.payment.message.line._has_told_amount`.
        """
        return SQL(
            """
            WITH told AS (%(told)s), credit AS (%(credits)s)
            SELECT move.id AS invoice_id, told.message_id,
                   told.amount_total AS expected, move.amount_total AS found,
                   move.currency_id
              FROM told
              JOIN (%(billing)s) billing ON billing.invoice_id = told.invoice_id
              JOIN account_move move ON move.id = told.invoice_id
         LEFT JOIN credit ON credit.invoice_id = move.id
             WHERE told.state IN ('sent', 'delivered')
               AND move.state IN ('draft', 'posted')
               AND move.externally_billed IS NOT TRUE
               AND NOT (move.state = 'posted' AND %(is_credited)s)
               AND (abs(told.amount_total - move.amount_total) > %(coin)s
                    OR told.currency_id <> move.currency_id
                    OR told.partner_id <> move.partner_id
                    OR move.move_type <> 'out_invoice')
            """,
            told=SQL(
                "SELECT * FROM (%s) payment UNION SELECT * FROM (%s) reminder",
                latest(company, ("payment",)),
                latest(company, ("reminder",)),
            ),
            credits=CREDITS,
            billing=billing(company),
            is_credited=IS_CREDITED,
            coin=COIN,
        )

    @api.model
    def _look_at_ledger(self, company):
        """Look for invoices on which not that is open which payments leave of it.

        What an invoice comes to, less what was paid and credited of it by the entries
        in the books, is what it says is left to pay.
        """
        return SQL(
            """
            WITH debit AS (
                SELECT partial.debit_move_id AS line_id,
                       sum(partial.debit_amount_currency) AS amount
                  FROM account_partial_reconcile partial
                  JOIN account_move_line other ON other.id = partial.credit_move_id
                   AND other.parent_state = 'posted'
              GROUP BY partial.debit_move_id),
            credit AS (
                SELECT partial.credit_move_id AS line_id,
                       sum(partial.credit_amount_currency) AS amount
                  FROM account_partial_reconcile partial
                  JOIN account_move_line other ON other.id = partial.debit_move_id
                   AND other.parent_state = 'posted'
              GROUP BY partial.credit_move_id)
            SELECT move.id AS invoice_id,
                   sum(term.amount_currency - COALESCE(debit.amount, 0)
                       + COALESCE(credit.amount, 0)) AS expected,
                   move.amount_residual AS found, move.currency_id
              FROM (%(billing)s) billing
              JOIN account_move move ON move.id = billing.invoice_id
              JOIN account_move_line term
                ON term.move_id = move.id AND term.display_type = 'payment_term'
         LEFT JOIN debit ON debit.line_id = term.id
         LEFT JOIN credit ON credit.line_id = term.id
             WHERE move.move_type = 'out_invoice'
               AND move.state IN ('draft', 'posted')
          GROUP BY move.id
            HAVING abs(move.amount_residual
                       - sum(term.amount_currency - COALESCE(debit.amount, 0)
                             + COALESCE(credit.amount, 0))) > %(coin)s
            """,
            billing=billing(company),
            coin=COIN,
        )

    @api.model
    def _look_at_credits(self, company):
        """Look for invoices of cancelled appointments that nobody is asked to credit.

        Whoever marked that activity as done has decided that it stays.
        """
        return SQL(
            """
            WITH credit AS (%(credits)s)
            SELECT move.id AS invoice_id, min(booking.id) AS booking_id
              FROM konfidens_payment_booking booking
              JOIN account_move move ON move.id = booking.invoice_id
         LEFT JOIN credit ON credit.invoice_id = move.id
             WHERE booking.company_id = %(company)s
               AND (booking.active IS NOT TRUE OR booking.attendance = 'cancelled')
               AND move.state = 'posted' AND move.externally_billed IS NOT TRUE
               AND NOT %(is_credited)s
               AND NOT EXISTS (
                    SELECT FROM mail_activity
                     WHERE res_model = 'account.move' AND res_id = move.id
                       AND activity_type_id = %(activity)s)
          GROUP BY move.id
            """,
            credits=CREDITS,
            company=company.id,
            is_credited=IS_CREDITED,
            activity=self.env.ref(CREDIT_ACTIVITY).id,
        )
