"""Each night: whether bookings are accounted for, and money and messages agree.

Each difference is a row with its reason, the record, and what mends it.
"""

from . import konfidens_payment_proof, konfidens_payment_proof_line  # isort: skip
from . import (
    figures,
    look_at_appointments,
    look_at_bookings,
    look_at_invoices,
    look_at_messages,
    mending,
    night,
    telling,
    words,
)
