"""Whether a payer receives electronic invoices, and what is said of their way."""

from . import konfidens_payment_message  # isort: skip
from . import (
    account_move,
    konfidens_payment_readiness,
    konfidens_payment_run,
    res_company,
    res_partner,
    words,
)
