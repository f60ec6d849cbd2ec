"""What a button answers to the web client."""


def say(message, then=None, kind="success", **params):
    """Return the action that says something in a corner of the screen.

    :param message: the words
    :param then: the action that follows; default: none
    :param kind: `success`, `info`, `warning` or `danger`
    :param params: more of what Odoo's `display_notification` knows: `title`, `sticky`
    """
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {"message": message, "type": kind, "next": then, **params},
    }
