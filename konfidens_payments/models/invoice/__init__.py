"""The invoice of an appointment: its draft, what is fixed, and what needs a person."""

from . import account_move  # isort: skip
from . import (
    account_move_line,
    attention,
    by_hand,
    dates,
    deletion,
    draft,
    form,
    free,
    giving_up,
    in_force,
    obstacles,
    paid_before,
    payment_transaction,
    posting,
    received,
    reversal,
    service,
    taxes,
    told,
    wording,
)
