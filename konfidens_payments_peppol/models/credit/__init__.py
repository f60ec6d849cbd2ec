"""Credit notes of electronic invoices go the same way, by themselves."""

from . import (
    account_move,
    konfidens_payment_message,
    konfidens_payment_message_line,
    proof,
)
