"""Many bookings billed in one go: chosen, rehearsed, run in batches, taken back."""

from . import konfidens_payment_activation, konfidens_payment_activation_line  # isort: skip
from . import actions, batches, choice, line_billing, line_undo, outcome, rehearsal
