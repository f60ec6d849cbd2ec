from . import (
    konfidens_payment_activation,
    konfidens_payment_activation_line,
)
