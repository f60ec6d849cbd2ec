"""Who came is marked, and who did not is billed a fee, where the practice takes one."""

from . import konfidens_payment_booking  # isort: skip
from . import (
    billing_anew,
    calendar_attendee,
    calendar_event,
    fee,
    product_template,
    res_company,
)
