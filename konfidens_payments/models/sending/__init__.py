"""What is due is handed over to `mail` and `sms` and leaves, or is called off."""

from . import konfidens_payment_pause  # isort: skip
from . import (
    calling_off,
    hand_over,
    in_turn,
    ir_mail_server,
    ir_qweb,
    joining,
    leaving,
    mail_mail,
    mail_notification,
    mail_render_mixin,
    mails,
    outcomes,
    practice_problem,
    res_company,
    sms,
    sms_sms,
    try_again,
    unfinished,
)
