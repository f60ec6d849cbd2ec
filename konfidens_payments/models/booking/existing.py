from odoo import models
from odoo.tools import SQL, sql


class KonfidensPaymentBooking(models.Model):
    """What installing does to the appointments that exist already."""

    _inherit = "konfidens.payment.booking"

    def _add_sql_constraints(self):
        """Override of `base` to fill the new table, however many events there are.

        One statement, before keys and indexes are made: with them a million bookings
        would take four times as long. A table that has none of them yet is new.
        """
        if not sql.index_exists(self.env.cr, f"{self._table}_one_per_client"):
            self._book_existing_events()
        return super()._add_sql_constraints()

    def _book_existing_events(self):
        """Make an externally billed booking for each event with a guest from outside.

        Of the first of them, as for new events; in the practitioner's company.
        """
        cr = self.env.cr
        # Until the end of this transaction: with the usual few megabytes the guests of
        # a million events, and then the indexes, go by way of the disk.
        cr.execute("SET LOCAL work_mem = '256MB'")
        cr.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cr.execute(SQL("INSERT INTO %s %s", SQL.identifier(self._table), _EXISTING))
        cr.execute(SQL("ANALYZE %s", SQL.identifier(self._table)))


# The client is the first attendee who is no internal user.
_EXISTING = SQL(
    """
    (event_id, active, start, stop, allday, user_id, company_id, client_id, payer_id,
     currency_id, price, invoicing_method, payment_status, is_settled, amount_due,
     attendance, share, share_number,
     create_uid, create_date, write_uid, write_date)
    SELECT event.id, event.active, event.start, event.stop, event.allday, event.user_id,
           practice.company_id, client.partner_id, client.partner_id,
           practice.currency_id, 0, 'external', 'external', TRUE, 0,
           'planned', 100, 1, 1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
      FROM (SELECT DISTINCT ON (attendee.event_id)
                   attendee.event_id, attendee.partner_id
              FROM calendar_attendee attendee
             WHERE attendee.partner_id IS NOT NULL
               AND NOT EXISTS (SELECT FROM res_users
                                WHERE res_users.partner_id = attendee.partner_id
                                  AND NOT res_users.share)
          ORDER BY attendee.event_id, attendee.id) client
      JOIN calendar_event event ON event.id = client.event_id
      JOIN (SELECT practitioner.id AS user_id, company.id AS company_id,
                   company.currency_id
              FROM res_users practitioner
              JOIN res_company company ON company.id = practitioner.company_id
             UNION ALL
            (SELECT 0, id, currency_id FROM res_company ORDER BY id LIMIT 1)
           ) practice ON practice.user_id = COALESCE(event.user_id, 0)
    """
)
