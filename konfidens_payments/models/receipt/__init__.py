"""Whoever has paid gets a receipt, once, with the completed invoice as PDF."""

from . import konfidens_payment_message, konfidens_payment_message_line  # isort: skip
from . import asking, itemised, pdf, plan, res_company, res_partner, scheduling, words
