from . import (
    account_move,
    calendar_event,
    konfidens_payment_message,
    konfidens_payment_message_delivery,
    konfidens_payment_message_sending,
    mail_message,
    mail_notification,
    res_company,
    res_config_settings,
    res_partner,
)
