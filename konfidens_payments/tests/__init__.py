from . import (
    test_access,
    test_booking,
    test_create_invoice,
    test_delivery,
    test_install,
    test_payment_message,
)
