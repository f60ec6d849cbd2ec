from odoo.tools import SQL

# Columns of calendar.event that mean the same for every event that existed
# before the addon: PostgreSQL adds them with a constant, without rewriting the
# table, and the ORM then finds nothing left to compute event by event.
_CONSTANTS = {
    "invoicing_method": ("varchar", "external"),
    "payment_status": ("varchar", "external"),
    "is_settled": ("boolean", True),
}
_COMPUTED = {
    "client_id": "integer",
    "payer_id": "integer",
    "service_id": "integer",
    "company_id": "integer",
    "currency_id": "integer",
    "invoice_id": "integer",
    "price": "numeric",
}


def pre_init_hook(env):
    """Make every existing event externally billed, however many there are.

    One ``ALTER TABLE`` and one ``UPDATE``: a database with a million events
    must not crawl over them one by one.
    """
    cr = env.cr
    for column, (column_type, value) in _CONSTANTS.items():
        cr.execute(
            SQL(
                "ALTER TABLE calendar_event ADD COLUMN IF NOT EXISTS %s %s DEFAULT %s",
                SQL.identifier(column),
                SQL(column_type),
                value,
            )
        )
        cr.execute(
            SQL(
                "ALTER TABLE calendar_event ALTER COLUMN %s DROP DEFAULT",
                SQL.identifier(column),
            )
        )
    for column, column_type in _COMPUTED.items():
        cr.execute(
            SQL(
                "ALTER TABLE calendar_event ADD COLUMN IF NOT EXISTS %s %s",
                SQL.identifier(column),
                SQL(column_type),
            )
        )
    cr.execute(_FILL_CLIENTS)


# The client is the first attendee who is not an internal user
# (`calendar.event._compute_client_id`), the company that of the practitioner.
_FILL_CLIENTS = """
    UPDATE calendar_event event
       SET client_id = client.partner_id,
           payer_id = client.partner_id,
           company_id = company.id,
           currency_id = company.currency_id
      FROM (SELECT DISTINCT ON (attendee.event_id)
                   attendee.event_id, attendee.partner_id
              FROM calendar_attendee attendee
             WHERE attendee.partner_id IS NOT NULL
               AND NOT EXISTS (SELECT FROM res_users
                                WHERE res_users.partner_id = attendee.partner_id
                                  AND NOT res_users.share)
          ORDER BY attendee.event_id, attendee.id) client,
           calendar_event practised
 LEFT JOIN res_users practitioner ON practitioner.id = practised.user_id
      JOIN res_company company
        ON company.id = COALESCE(practitioner.company_id,
                                 (SELECT MIN(id) FROM res_company))
     WHERE practised.id = event.id
       AND client.event_id = event.id
       AND event.client_id IS NULL
"""
