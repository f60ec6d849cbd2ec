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

    ``ALTER TABLE`` and one ``UPDATE`` of those with a client: a database with a
    million events must not crawl over them one by one.
    """
    cr = env.cr
    for column, column_type in _COMPUTED.items():
        cr.execute(
            SQL(
                "ALTER TABLE calendar_event ADD COLUMN IF NOT EXISTS %s %s",
                SQL.identifier(column),
                SQL(column_type),
            )
        )
    # Until the end of this transaction: with the usual few megabytes the clients of a
    # million events go by way of the disk. PostgreSQL takes only what it needs.
    cr.execute("SET LOCAL work_mem = '256MB'")
    cr.execute(_FILL_CLIENTS)
    # Only now: an updated row stores its constants, an untouched one does not.
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


# The client is the first attendee who is not an internal user
# (`calendar.event._compute_client_id`), the company that of the practitioner.
# What is filled already stays, and that is said beside SET: PostgreSQL knows nothing
# of the new columns yet, and would plan a condition on them for a handful of rows.
_FILL_CLIENTS = """
    UPDATE calendar_event event
       SET client_id = COALESCE(event.client_id, client.partner_id),
           payer_id = COALESCE(event.payer_id, client.partner_id),
           company_id = COALESCE(event.company_id, practice.company_id),
           currency_id = COALESCE(event.currency_id, practice.currency_id)
      FROM (SELECT DISTINCT ON (attendee.event_id)
                   attendee.event_id, attendee.partner_id
              FROM calendar_attendee attendee
             WHERE attendee.partner_id IS NOT NULL
               AND NOT EXISTS (SELECT FROM res_users
                                WHERE res_users.partner_id = attendee.partner_id
                                  AND NOT res_users.share)
          ORDER BY attendee.event_id, attendee.id) client,
           (SELECT practitioner.id AS user_id, company.id AS company_id,
                   company.currency_id
              FROM res_users practitioner
              JOIN res_company company ON company.id = practitioner.company_id
             UNION ALL
            (SELECT 0, id, currency_id FROM res_company ORDER BY id LIMIT 1)
           ) practice
     WHERE client.event_id = event.id
       AND practice.user_id = COALESCE(event.user_id, 0)
"""
