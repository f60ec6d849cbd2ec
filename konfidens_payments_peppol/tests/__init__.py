from . import (
    test_access_point,
    test_channel,
    test_credit,
    test_document,
    test_references,
    test_security,
    test_sending,
    test_taken_document,
)
