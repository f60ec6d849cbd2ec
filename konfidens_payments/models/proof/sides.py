"""What several checks look at, as SQL: the same words mean the same in all of them."""

from odoo.tools import SQL

# Less than the smallest coin of any currency.
COIN = 0.0005

# Posted credit notes by the invoice that they credit: how much, and how much of it
# was taken off what is to be paid. See `account.move._get_credits`.
CREDITS = SQL(
    """
    SELECT reversed_entry_id AS invoice_id,
           sum(amount_total) AS amount,
           sum(amount_total - amount_residual) AS used
      FROM account_move
     WHERE reversed_entry_id IS NOT NULL
       AND state = 'posted' AND move_type = 'out_refund'
  GROUP BY reversed_entry_id
    """
)

# Of an invoice `move`: it was paid by the credit of another one. See
# `account.move._get_lent_credits`.
_HAS_LENT_CREDIT = SQL(
    """
    EXISTS (
        SELECT FROM account_move_line term
          JOIN account_partial_reconcile partial ON partial.debit_move_id = term.id
          JOIN account_move_line other ON other.id = partial.credit_move_id
          JOIN account_move note ON note.id = other.move_id
         WHERE term.move_id = move.id AND note.move_type = 'out_refund'
           AND note.reversed_entry_id <> move.id)
    """
)

# Of an invoice `move` beside its `credit`. See `account.move._is_credited`.
IS_CREDITED = SQL(
    """
    (COALESCE(credit.amount > move.amount_total - %s, FALSE)
     OR COALESCE(move.payment_state = 'reversed', FALSE) AND NOT %s)
    """,
    COIN,
    _HAS_LENT_CREDIT,
)

# Of an invoice `move` that is not credited. See `account.move._is_paid`.
IS_PAID = SQL(
    """
    COALESCE(move.payment_state IN ('paid', 'in_payment')
             OR move.payment_state = 'blocked' AND abs(move.amount_residual) < %s
             OR move.payment_state = 'reversed' AND %s,
             FALSE)
    """,
    COIN,
    _HAS_LENT_CREDIT,
)


def billing(company):
    """Return the query of the company's invoices that bill bookings: `invoice_id`.

    And their credit notes do not: a credit note bills nothing.
    """
    return SQL(
        """
        SELECT DISTINCT line.move_id AS invoice_id
          FROM account_move_line line
         WHERE line.booking_id IS NOT NULL AND line.company_id = %s
        """,
        company.id,
    )


def latest(company, kinds):
    """Return the query of the last line of each invoice that was not called off.

    See `konfidens.payment.message.line._get_latest`.

    :param kinds: of messages, a tuple
    """
    return SQL(
        """
        SELECT DISTINCT ON (line.move_id)
               line.move_id AS invoice_id, line.message_id, line.amount_total,
               line.currency_id, message.partner_id, message.state
          FROM konfidens_payment_message_line line
          JOIN konfidens_payment_message message ON message.id = line.message_id
         WHERE line.company_id = %s AND message.kind IN %s
           AND message.state <> 'cancelled'
      ORDER BY line.move_id, line.id DESC
        """,
        company.id,
        kinds,
    )
