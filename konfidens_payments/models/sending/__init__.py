"""What is due is handed over to `mail` and `sms` and leaves, or is called off."""

from . import (
    calling_off,
    hand_over,
    ir_qweb,
    joining,
    mail_mail,
    mail_notification,
    mail_render_mixin,
    mails,
    res_company,
    sms,
    sms_sms,
    unfinished,
)
