"""From the appointment to the paid invoice. Each room is a step of the way:

practice     the settings of the practice
booking      who is billed for an appointment, for what, and how far it is
invoice      the draft, what the payer was told, and what needs a person
message      the payment message: asking for one, when it goes, what it says
attendance   who came, and the fee of who did not
shares       what several payers pay of one appointment
sending      how it leaves, by e-mail and SMS
delivery     how it is known to have arrived, and how the invoice is completed then
pay_page     the pay link and the page behind it
desk         money taken at the desk, the day settlement, and money paid back
reminder     whoever has not paid in time is reminded
receipt      whoever has paid gets a receipt, and the invoice as PDF
billing_run  many bookings billed in one go
watch        whether what is due is done, and what a copy must not do
proof        each night: whether all is accounted for, and what is not
readiness    what a practice needs before the first payment message leaves

Data flows downward; what happens below is seen above by stored computed fields only.
"""

from . import practice, booking, invoice, message, attendance, shares  # isort: skip
from . import sending, delivery, pay_page, desk  # isort: skip
from . import reminder, receipt, billing_run, watch, proof, readiness  # isort: skip
