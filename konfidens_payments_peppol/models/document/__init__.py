"""What the document says of an appointment: enough for the buyer, and no more."""

from . import (
    account_edi_xml_ubl_bis3,
    account_move,
    account_move_line,
    konfidens_payment_booking,
    res_company,
    res_partner,
)
