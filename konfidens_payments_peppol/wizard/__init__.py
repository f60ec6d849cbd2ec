from . import konfidens_payment_message_wizard
