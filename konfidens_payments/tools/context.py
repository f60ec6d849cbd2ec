"""What a caller hands on, what it may not, and who else is at it."""

from odoo.exceptions import LockError, UserError


class Quiet:
    """The mark, in the context, of what our own code does and follows up itself.

    Nobody can send it over RPC, where a context holds no Python objects. There are
    three in all: for each other context Odoo makes an environment, and looks through
    all there are.
    """


_QUIET = Quiet()
_FOLLOWED = Quiet()
COPIED = Quiet()

# How keys of the context begin by which Odoo leaves out what keeps an entry right, or
# fills in what nobody chose.
_SWITCHES = (
    "check_move_",
    "compute_all_",
    "default_",
    "dynamic_",
    "force",
    "no_cash_",
    "no_exchange_",
    "round_base",
    "skip_",
)
_HARMLESS = ("skip_attendee_notification",)


def quietly(records):
    """Return the records for changes whose consequences the caller sees to.

    Bookings, what bills them, and what tells of them. Without the switches of Odoo's
    that a caller may have sent along.
    """
    context = {
        key: value
        for key, value in records.env.context.items()
        if key in _HARMLESS or not key.startswith(_SWITCHES)
    }
    return records.with_env(
        records.env(context={**context, "konfidens_payments_quiet": _QUIET})
    )


def is_quiet(records):
    """Return whether the caller sees to what follows from changes of these records."""
    return isinstance(records.env.context.get("konfidens_payments_quiet"), Quiet)


def followed_up(records, mark=_FOLLOWED):
    """Return appointments, or guests, for a change that the caller follows up.

    With all that came along with the call: Odoo and other modules look for it. And with
    all that the user sent along: what that changes of bookings and invoices, and what
    other modules do meanwhile, is not what the caller follows up.

    :param mark: `COPIED` where they are copied
    """
    return records.with_context(konfidens_payments_followed=mark)


def get_follow_up(records):
    """Return the mark of `followed_up`, or None."""
    mark = records.env.context.get("konfidens_payments_followed")
    return mark if isinstance(mark, Quiet) else None


def by_itself(records):
    """Return the records as they were before `followed_up`."""
    context = dict(records.env.context)
    context.pop("konfidens_payments_followed", None)
    return records.with_env(records.env(context=context))


def loudly(records):
    """Return the records as they were before `quietly`."""
    context = dict(records.env.context)
    context.pop("konfidens_payments_quiet", None)
    return records.with_env(records.env(context=context))


def plainly(records):
    """Return the records with nothing in their context that a caller could make up.

    For what is done with all rights for who has few: values by default, and switches
    of Odoo's own, come by the context.
    """
    kept = ("allowed_company_ids", "lang", "tz")
    context = {
        key: records.env.context[key] for key in kept if key in records.env.context
    }
    return records.with_env(records.env(context=context))


def is_copy(env):
    """Return whether this database is a copy for tests, made by `odoo neutralize`."""
    # sudo: whether, for everybody whom a copy concerns
    parameters = env["ir.config_parameter"].sudo()
    return bool(parameters.get_param("database.is_neutralized"))


def lock_or_explain(*recordsets, allow_referencing=False):
    """Lock these records until the transaction ends, so that nobody else is at it.

    :param allow_referencing: see `lock_for_update`
    :raises UserError: somebody else is at one of them right now
    """
    try:
        for records in recordsets:
            records.lock_for_update(allow_referencing=allow_referencing)
    except LockError as error:
        raise UserError(
            recordsets[0].env._(
                "Somebody else is working on this right now. Wait a moment, reload the "
                "page and look again."
            )
        ) from error
