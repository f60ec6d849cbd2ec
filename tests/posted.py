"""Invoices that the server completes by itself."""

from devtools.environment.clock import wait_until


def wait_for_posted(clinic, *moves):
    """Wait until these invoices are posted, by what the server does by itself."""

    def look():
        rows = clinic.kari.rpc.call("account.move", "read", list(moves), ["state"])
        return all(row["state"] == "posted" for row in rows)

    wait_until(look, 60, "the invoices to be posted")
