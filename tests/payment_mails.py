"""The payment messages among the mails that came."""

from devtools.kill.work import PAYMENT_SUBJECTS


def mails_to(practice, address):
    """The Message-IDs of the payment messages to this address: a list."""
    return [
        mail.message["message-id"]
        for mail in practice.mail.to(address)
        if mail.message["subject"].startswith(PAYMENT_SUBJECTS)
    ]
