"""The payment message: asking for one, when it goes, and where it stands."""

from . import konfidens_payment_message  # isort: skip
from . import channel, figures, log, scheduling, sms_composer, together, told_together
