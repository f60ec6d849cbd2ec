"""Electronic invoices of appointments, by Odoo's own `account_peppol`:

document    what the document says, and what it must not; whether it is valid
"""

from . import document
