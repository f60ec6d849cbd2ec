"""Addresses that not everybody may read."""

import re

from markupsafe import Markup

_EMAIL = re.compile(r"""[^\s<>()\[\]{},;:"'`&@]+@[\w-]+(?:\.[\w-]+)*""")
_BETWEEN = r"[\s().-]*"  # the digits of a phone number
_INTERNATIONAL = re.compile(rf"\+\d(?:{_BETWEEN}\d){{7,}}")


def mask_addresses(text, partners, numbers=()):
    """Return a text with only hints at e-mail addresses and phone numbers.

    "k…@example.com" and "+47 … 67": enough to know them again beside the contact, and
    nothing to reach anybody with after the contact is gone.

    :param text: plain text or `Markup`
    :param partners: whose addresses are masked also where their form does not tell them
    :param numbers: further phone numbers, of which some may be False
    """
    known = [*numbers]
    for name in ("phone_sanitized", "phone", "email"):
        known += partners.mapped(name)
    masked = _EMAIL.sub(lambda found: _mask_email(found[0]), text)
    for address in filter(None, known):
        if pattern := _get_phone_pattern(address):
            masked = re.sub(pattern, lambda found: _mask_phone(found[0]), masked)
        elif len(address) > 3 and not _EMAIL.search(address):
            pattern = rf"(?<!\w){re.escape(address)}(?!\w)"
            masked = re.sub(pattern, lambda found: _mask_email(found[0]), masked)
    masked = _INTERNATIONAL.sub(lambda found: _mask_phone(found[0]), masked)
    return Markup(masked) if isinstance(text, Markup) else masked


def _mask_email(address):
    _local, at, domain = address.partition("@")
    return f"{address[:1]}…{at}{domain}"


def _mask_phone(number):
    country = f"{number[:3]} " if number.startswith("+") else ""
    return f"{country}… {number[-2:]}"


def _get_phone_pattern(number):
    """Return a pattern of this number, with or without its country, or None.

    However its digits are parted: providers repeat it in other ways than it was given.
    """
    digits = re.sub(r"\D", "", number)
    if "@" in number or len(digits) < 6:
        return None
    end = _BETWEEN.join(digits[-7:])
    country = rf"(?:(?:\+|00)\d{{1,3}}{_BETWEEN})?"
    return rf"(?<!\d){country}(?:\(?0\)?)?\d{{0,4}}{_BETWEEN}{end}(?!\d)"
