"""An appointment becomes bookings: who is billed, for what, and how far it is."""

from . import konfidens_payment_booking  # isort: skip
from . import attention, existing, status, wording, invoicing, changes  # isort: skip
from . import calendar_event, proposals, guests, appointment, series, neutral  # isort: skip
from . import (
    before_saving,
    deadline,
    deleting,
    figures,
    marks,
    merging,
    organiser,
    product_template,
    res_partner,
    searching,
)
