from . import (
    test_channel,
    test_credit,
    test_document,
    test_references,
    test_security,
    test_sending,
)
