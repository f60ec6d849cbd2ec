"""The payment message: asking for one, when it goes, and where it stands."""

from . import konfidens_payment_message, konfidens_payment_message_line  # isort: skip
from . import (
    actions,
    channel,
    figures,
    quiet_hours,
    scheduling,
    sms_composer,
    status,
    told,
    words,
)
