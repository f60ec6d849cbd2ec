from . import (
    calendar_popover_delete_wizard,
    konfidens_payment_complete_wizard,
    konfidens_payment_fee_wizard,
    konfidens_payment_message_wizard,
    konfidens_payment_refund_wizard,
    konfidens_payment_reminder_rehearsal,
    konfidens_payment_share_wizard,
    konfidens_payment_take_wizard,
)
