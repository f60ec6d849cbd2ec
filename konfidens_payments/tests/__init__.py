from . import (
    test_access,
    test_booking,
    test_changes,
    test_cost,
    test_create_invoice,
    test_delivery,
    test_failure,
    test_install,
    test_methods,
    test_payment_message,
    test_privacy,
    test_series,
)
