"""Who may do what, as the design says it: the table that the attacks start from.

Written from the description, not from the code: rights in ``security/`` that say
something else make the attacks succeed.
"""

# In which of the appointments: none, those in the own calendar, those of the own
# companies. Whoever is not named may do nothing.
OWN, COMPANY = "own", "company"
_BOOKINGS = {
    "practitioner": OWN,
    "guest": OWN,
    "stranger": OWN,
    "branch": OWN,
    "secretary": COMPANY,
    "head": COMPANY,
    "accountant": COMPANY,
}
_READ = {**_BOOKINGS, "auditor": COMPANY}
# The nightly proof is of all of a company, and its auditors' record: nobody writes it.
_PROVING = {"head": COMPANY, "accountant": COMPANY}
_PROOFS = {
    "read": {**_PROVING, "auditor": COMPANY},
    # of what is pressed all but opening is refused to who only reads
    "press": {**_PROVING, "auditor": COMPANY},
}
_PROOF_MODELS = {"konfidens.payment.proof", "konfidens.payment.proof.line"}
# Invoices are read by the same people, and written by accountants alone.
_INVOICES = {"accountant": COMPANY}
_INVOICE_MODELS = {"account.move", "account.move.line"}
# The takings of a day are nobody's own: who sees all appointments counts them.
_DAYS = {"secretary": COMPANY, "head": COMPANY, "accountant": COMPANY}
_DAY_MODELS = {"konfidens.payment.day", "konfidens.payment.day.line"}
# Odoo's payments are for accounting, as without us.
_PAYMENTS = {"accountant": COMPANY}

KINDS = (
    "practitioner",
    "guest",
    "stranger",
    "branch",
    "secretary",
    "head",
    "accountant",
    "auditor",
    "employee",
    "portal",
    "public",
)
# Who works with payments knows who pays for whom, and how a payer is billed.
_CONTACT_MODELS = ("res.partner", "res.users")
_OF_CONTACTS = {
    "invoice_recipient_id",
    "invoicing_method",
    "payments_authorisation_number",
    "payments_no_reminders",
}
# What tells nothing of a payment: when it is, in words that may leave the house.
_HARMLESS = {"calendar.event": {"public_date"}}
# What people decide with their own hands on what is theirs, and nothing else.
_BY_HAND = {
    "client_id",
    "payer_id",
    "service_id",
    "price",
    "invoicing_method",
    "externally_billed",
    "external_reference",
    # hand an appointment over, or move it
    "user_id",
    "start",
    "stop",
    "allday",
    "active",
    # choices of a billing run and of a message
    "cutoff_date",
    "until_date",
    "send_mode",
    "scheduled_date",
    "channel",
    "hourly_limit",
    # what is counted at the end of a day, and why it differs
    "counted",
    "reason",
}


def get_scope(kind, operation, model):
    """Return on which records a kind of user may do this: OWN, COMPANY or None.

    :param operation: "read", "write", or "press" one of our buttons
    """
    if model in _DAY_MODELS or model == "account.payment":
        scopes = _DAYS if model in _DAY_MODELS else _PAYMENTS
        if operation == "read" and kind == "auditor":
            return COMPANY
        return scopes.get(kind)
    if model in _PROOF_MODELS:
        return _PROOFS.get(operation, {}).get(kind)
    if operation == "read":
        return _READ.get(kind)
    if operation == "write" and model in _INVOICE_MODELS:
        return _INVOICES.get(kind)
    return _BOOKINGS.get(kind)


def may(kind, operation, model, case):
    """Return whether a kind of user may do this with what belongs to a case."""
    scope = get_scope(kind, operation, model)
    if scope == OWN:
        return case.owner == kind
    # those with rights in a whole company all work in that of the practitioner
    return scope == COMPANY and case.owner in ("practitioner", "guest")


def may_see_field(kind, model, name):
    """Return whether a kind of user may see this field of anybody."""
    if model in _CONTACT_MODELS and name in _OF_CONTACTS:
        return kind in _READ
    return name in _HARMLESS.get(model, ())


def may_write_field(kind, model, name):
    """Return whether a kind of user may write this field of anybody.

    Where Odoo lets the user write the record at all.
    """
    return model in _CONTACT_MODELS and name in _OF_CONTACTS and kind in _BOOKINGS


def is_set_by_hand(name):
    """Return whether people may write this field where the record is theirs."""
    return name in _BY_HAND
