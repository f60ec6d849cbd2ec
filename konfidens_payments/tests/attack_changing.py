"""Ways to change what is not one's own, or what nobody sets by hand.

Each does it; what has changed is found by comparing the tables before and after. What
one of these returns is a proof by itself.
"""

import contextlib
import inspect

from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tools import SQL

from .attack_reading import way
from .attack_rights import COMPANY, OWN, get_scope

# {way: function(attacker, record)}
CHANGES_OF_RECORDS = {}
_CRUD = {"copy", "create", "default_get", "export_data", "read", "unlink", "write"}
# Tables with what must not change: our own, and what invoices say.
_TABLES = ("account_move", "account_move_line", "calendar_event", "res_partner")
_BOOKKEEPING = {"create_date", "create_uid", "write_date", "write_uid"}


# === WRITING === #


def write(attacker, record, name):
    record.write({name: attacker.forged[name]})


def load(attacker, record, name):
    """Import a file that has a column with the records' ids."""
    value = attacker.forged[name]
    if attacker.get_field(name).relational:
        name = f"{name}/.id"
        value = value[0][1] if isinstance(value, list) else value
    attacker.model.load([".id", name], [[str(record.id), str(value)]])


def write_through(attacker, record, name, row, path):
    """Write on another model's row, with a command for the record that is meant."""
    row.write({path: [(1, record.id, {name: attacker.forged[name]})]})


def create(attacker, name):
    """Make a record that belongs to somebody else, or is about something foreign."""
    values = attacker.get_new_values(name)
    made = attacker.model.create(values)
    attacker.settle()
    if not made._transient and attacker.is_set(made, name, values[name]):
        return values
    return look(attacker, made)


def forge(attacker, record, name):
    """Write on the own record what only the program may set."""
    before = attacker.get_true_value(record, name)
    record.write({name: attacker.forged[name]})
    attacker.settle()
    if attacker.get_true_value(record, name) != before:
        return {name: attacker.forged[name]}
    return look(attacker, record)


def look(attacker, record):
    """Return the secret that a record shows after it was changed."""
    attacker.settle()
    open_names, closed = attacker.split_names(attacker.names)
    # of closed ones each is refused, whatever else is asked for
    tried = [open_names, *([name] for name in attacker.get_examples(closed))]
    for names in tried:
        with contextlib.suppress(AccessError, UserError):
            spec = attacker.get_spec(names)
            if secret := attacker.get_secret(record.web_read(spec)):
                return secret
    return None


# === WHOLE RECORDS === #


@way(CHANGES_OF_RECORDS)
def copy(attacker, record):
    return look(attacker, record.copy())


@way(CHANGES_OF_RECORDS)
def take_over(attacker, record):
    """Become the one in whose calendar it is."""
    record.write({"user_id": attacker.env.uid})
    return look(attacker, record)


@way(CHANGES_OF_RECORDS)
def unlink(attacker, record):
    record.unlink()


def get_buttons(model):
    """Return the names of our methods on this model that can be called over RPC."""
    names = []
    for name, method in inspect.getmembers(type(model), inspect.isfunction):
        if name in _CRUD or not method.__module__.startswith(
            "odoo.addons.konfidens_payments."
        ):
            continue
        try:
            get_public_method(model, name)
        except AccessError:
            continue
        names.append(name)
    return names


def press(attacker, record, button):
    """Call one of our public methods on a foreign record."""
    answer = getattr(record, button)()
    if isinstance(answer, dict) and attacker.is_foreign(
        answer.get("res_model"), answer.get("res_id")
    ):
        return answer
    return attacker.get_secret(answer)


# === WHAT HAS CHANGED === #


# What Odoo lets every employee do with an appointment, and what the system's rule makes
# of it: a copy with a booking that waits for who may bill it, another organiser. What
# becomes of the payment then is tested in test_by_others.
_LET_BE = {
    "copy": ("calendar_event", "konfidens_payment_booking"),
    "take_over": ("calendar_event",),
}


class Ledger:
    """What the tables say of payments: who owns which row, and what is in it."""

    def __init__(self, scene):
        self.cr = scene.env.cr
        models = [
            model
            for model in scene.env.values()
            if model._auto
            and not model._transient
            and (
                model._name.startswith("konfidens.payment.") or model._table in _TABLES
            )
        ]
        parts = [part for part in map(self._select, models) if part]
        self.query = SQL(" UNION ALL ").join(parts)

    def _select(self, model):
        ours = model._name.startswith("konfidens.payment.")
        columns = [
            field.name
            for field in model._fields.values()
            if field.column_type
            and field.store
            and field.name not in _BOOKKEEPING
            and (
                ours
                or field._module == "konfidens_payments"
                or model._name in ("account.move", "account.move.line")
            )
        ]
        if not columns:
            return None
        owner = next(
            (name for name in ("user_id", "invoice_user_id") if name in columns), None
        )
        if model._name == "calendar.event":
            owner = "user_id"
        company = "company_id" if "company_id" in columns else None
        return SQL(
            "SELECT %s, id, %s, %s, md5(ROW(%s)::text) FROM %s",
            model._table,
            SQL.identifier(owner) if owner else SQL("NULL::int"),
            SQL.identifier(company) if company else SQL("NULL::int"),
            SQL(", ").join(SQL.identifier(name) for name in columns),
            SQL.identifier(model._table),
        )

    def take(self):
        """Return {(table, id): (owner's id, company's id, digest)}."""
        self.cr.execute(self.query)
        return {(row[0], row[1]): row[2:] for row in self.cr.fetchall()}

    def get_harm(self, attacker, before, after, way=""):
        """Return the rows that this user should not have changed: a list.

        :param way: what was done
        """
        return [
            key
            for key in before.keys() | after.keys()
            if before.get(key) != after.get(key)
            and not (
                key[0] in _LET_BE.get(way, ()) and (key not in before or way != "copy")
            )
            and not all(
                self._may_change(attacker, row)
                for row in (before.get(key), after.get(key))
                if row
            )
        ]

    def _may_change(self, attacker, row):
        owner, company, _digest = row
        user = attacker.user
        scope = get_scope(attacker.kind, attacker.operation, attacker.model._name)
        if scope == OWN:
            return owner == user.id
        return scope == COMPANY and company in (None, user.company_id.id)
