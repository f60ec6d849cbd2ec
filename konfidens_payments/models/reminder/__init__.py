"""Whoever has not paid in time is reminded, as often as the practice wants it."""

from . import konfidens_payment_reminder  # isort: skip
from . import (
    actions,
    asking,
    booking,
    konfidens_payment_message,
    obstacles,
    pauses,
    plan,
    res_company,
    res_partner,
    scheduling,
    story,
    unpaid,
    words,
)
