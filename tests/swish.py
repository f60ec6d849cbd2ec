"""A practice with a Swish number, and invoices in Swedish kronor."""

import contextlib


@contextlib.contextmanager
def taking_swish(clinic):
    """Let the practice have a Swish number for a while."""
    clinic.choose(payments_swish_number="123 456 78 90")
    yield
    clinic.choose(payments_swish_number=False)


def charge_in_kronor(clinic, moves):
    """Let these drafts ask for Swedish kronor instead of Norwegian ones."""
    [currency] = clinic.admin.rpc.call(
        "res.currency", "search", [["name", "=", "SEK"]], context={"active_test": False}
    )
    clinic.admin.rpc.call("res.currency", "write", [currency], {"active": True})
    clinic.admin.rpc.call(
        "account.move", "write", list(moves), {"currency_id": currency}
    )
