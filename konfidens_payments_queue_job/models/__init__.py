from . import (
    konfidens_payment_message,
    konfidens_payment_run,
    konfidens_payment_run_line,
)
