"""Electronic invoices of appointments, by Odoo's own `account_peppol`:

document    what the document says, and what it must not; whether it is valid
channel     whether the payer receives such documents, and what is said of them
sending     the invoice is completed, its document handed over to the access point
state       how it is known to have arrived, or why it was refused
credit      credit notes of such invoices go the same way
"""

from . import document, channel, sending, state, credit  # isort: skip
