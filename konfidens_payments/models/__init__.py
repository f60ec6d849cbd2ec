"""From the appointment to the paid invoice. Each room is a step of the way:

practice     the settings of the practice
invoice      the draft, what the payer was told, and what needs a person
message      the payment message: asking for one, when it goes, what it says
sending      how it leaves, by e-mail and SMS
delivery     how it is known to have arrived, and how the invoice is completed then
pay_page     the pay link and the page behind it
billing_run  many bookings billed in one go

Data flows downward; what happens below is seen above by stored computed fields only.
"""

from . import practice  # isort: skip
from . import (  # isort: skip
    calendar_attendee,
    calendar_event,
    calendar_event_activation,
    calendar_event_attention,
    calendar_event_billable,
    calendar_event_changes,
    calendar_event_external,
    calendar_event_invoicing,
    calendar_event_neutral,
    calendar_event_privacy,
    calendar_event_series,
    calendar_event_status,
    calendar_event_wording,
    calendar_recurrence,
    res_partner,
    res_partner_activation,
)
from . import invoice, message, sending, delivery, pay_page, billing_run  # isort: skip
