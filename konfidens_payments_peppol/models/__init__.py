"""Electronic invoices of appointments, by Odoo's own `account_peppol`:

document    what the document says, and what it must not; whether it is valid
channel     whether the payer receives such documents, and what is said of them
sending     the invoice is completed, its document handed over to the access point
state       how it is known to have arrived, or why it was refused
"""

from . import document, channel, sending, state  # isort: skip
