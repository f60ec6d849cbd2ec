"""Who came is marked, and who did not is billed a fee, where the practice takes one."""

from . import konfidens_payment_booking  # isort: skip
from . import (
    billing_anew,
    calendar_event,
    fee,
    invitation,
    product_template,
    res_company,
    waiting,
)
