from . import konfidens_payment_booking, splitting, calendar_event, res_partner  # isort: skip
