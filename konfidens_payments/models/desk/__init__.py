"""Money at the desk: taken, counted at the end of the day."""

from . import konfidens_payment_method  # isort: skip
from . import konfidens_payment_day, konfidens_payment_day_line  # isort: skip
from . import account_payment, take_payment
