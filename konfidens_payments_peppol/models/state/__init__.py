"""How a document is known to have arrived, as Odoo's own job reports it."""

from . import account_move, konfidens_payment_message
