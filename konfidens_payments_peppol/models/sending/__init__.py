"""The invoice is completed, and its document handed over to Odoo's access point."""

from . import marks  # isort: skip
from . import (
    account_edi_proxy_user,
    account_move,
    account_move_send,
    hand_over,
    konfidens_payment_booking,
    mail_notification,
    refusals,
    sending,
)
