"""The payment messages among the mails that came."""

# In English, Norwegian or Danish, and Swedish: each client has a language.
PAYMENT_SUBJECTS = ("Payment for", "Betaling for", "Betalning för")


def mails_to(practice, address):
    """The Message-IDs of the payment messages to this address: a list."""
    return [
        mail.message["message-id"]
        for mail in practice.mail.to(address)
        if mail.message["subject"].startswith(PAYMENT_SUBJECTS)
    ]
