"""Money at the desk: taken, counted at the end of the day, and paid back."""

from . import konfidens_payment_method  # isort: skip
from . import konfidens_payment_day, konfidens_payment_day_line  # isort: skip
from . import account_payment, refund, refund_by_provider, take_payment
