"""Money at the desk: how the practice takes it, and taking it."""

from . import konfidens_payment_method  # isort: skip
from . import account_payment, take_payment
