"""Many bookings billed in one go: chosen, rehearsed, run in batches, taken back."""

from . import konfidens_payment_run, konfidens_payment_run_line  # isort: skip
from . import (
    actions,
    batches,
    choice,
    line_billing,
    line_undo,
    outcome,
    rehearsal,
    res_partner,
)
