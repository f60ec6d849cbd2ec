"""Ways to read what is not one's own: each returns a proof, or nothing.

An attack gets an `Attacker`. A proof is whatever true value shows that something was
learned: the text that was read, the record that was found.
"""

from datetime import date

_NOBODY = 2**30
_NUMBERS = ("integer", "float", "monetary")
_TEXTS = ("char", "text", "html")
_DATES = ("date", "datetime")
_EMPTY = ("", "False", "0", "0.0", "0.00", 0, None)  # also False and 0.0

# {way: function(attacker, records, names)}: for all fields at once. Each returns what
# it shows: dicts with the fields that are not empty
TOGETHER = {}
# {way: function(attacker, names)}: for all fields at once as well, but what is returned
# is of any of them: where there is something, each has to be tried by itself
BY_HALVES = {}
# {way: function(attacker, name)}: field by field
SINGLY = {}
# The same from the rows of another model, with a path that leads here:
# function(attacker, rows, path, names) and function(attacker, rows, path, name)
TOGETHER_THROUGH = {}
SINGLY_THROUGH = {}


def way(ways):
    """Decorate an attack: it is one of these ways, under its own name."""

    def register(function):
        ways[function.__name__] = function
        return function

    return register


# === WHAT IS SHOWN === #


@way(TOGETHER)
def read(attacker, records, names):
    return attacker.get_shown(records.read(names, load=None), names)


@way(TOGETHER)
def web_read(attacker, records, names):
    return attacker.get_shown(records.web_read(attacker.get_spec(names)), names)


@way(TOGETHER)
def search_read(attacker, records, names):
    rows = records.search_read([("id", "in", records.ids)], names)
    return attacker.get_shown(rows, names)


@way(TOGETHER)
def export(attacker, records, names):
    records = records.with_context(import_compat=False)
    return _get_filled(records.export_data(names)["datas"], names)


@way(TOGETHER_THROUGH)
def export_through(attacker, rows, path, names):
    """Export from another model, with a path that leads here."""
    rows = rows.with_context(import_compat=False)
    found = rows.export_data([f"{path}/{name}" for name in names])["datas"]
    return _get_filled(found, names)


EXPORTS = (export, export_through)


def _get_filled(rows, names):
    return [
        {name: cell for name, cell in cells if cell not in _EMPTY}
        for cells in (zip(names, row, strict=True) for row in rows)
    ]


@way(TOGETHER_THROUGH)
def web_read_through(attacker, rows, path, names):
    """Read nested in another model, as forms read the rows of their lists."""
    shown = []
    for row in rows.web_read({path: {"fields": attacker.get_spec(names)}}):
        nested = row[path] or []
        nested = nested if isinstance(nested, list) else [nested]
        shown += attacker.get_shown(nested, names)
    return shown


# === WHAT IS FOUND: ORACLES === #


def get_probes(field, values):
    """Return pairs of (condition that is true of a record, one that is not).

    :param values: true values of the field; of a relation, pairs of ids and a label
    """
    name, no_text = field.name, "nothing of the kind"
    yield (name, "!=", False), (name, "=", False)
    for value in values:
        if field.relational:
            ids, label = value
            yield (name, "in", ids), (name, "in", [_NOBODY])
            yield (name, "ilike", label), (name, "ilike", no_text)
            dotted = f"{name}.display_name"
            yield (dotted, "ilike", label), (dotted, "ilike", no_text)
        elif field.type in _NUMBERS:
            yield (name, ">=", value), (name, ">=", 10**9)
            yield (name, "=", value), (name, "=", 0.123)
        elif field.type in _TEXTS:
            yield (name, "ilike", value), (name, "ilike", no_text)
        elif field.type in _DATES:
            yield (name, ">=", value), (name, ">=", date(2222, 1, 1))
        elif field.type == "boolean":
            yield (name, "=", True), (name, "=", False)
        else:
            yield (name, "=", value), (name, "=", no_text)


def _tell_apart(attacker, name, find, way):
    """Return the condition by which records are found that nobody should know of.

    Where the right condition finds what the wrong one does not, or where it tells
    one of the foreign records from another.

    :param find: function that returns the ids for a condition, or for none
    :param way: what else than the condition the ids depend on
    """
    visible = attacker.find(way, find)
    if not visible:
        return None
    for right, wrong in get_probes(attacker.get_field(name), attacker.values[name]):
        try:
            found = attacker.find(way, find, right)
            if found and (found != visible or not attacker.find(way, find, wrong)):
                return right
        except ValueError:  # a condition that is none for this field
            continue
    return None


@way(SINGLY)
def search(attacker, name):
    records = attacker.records

    def find(condition):
        return records.search(_get_domain(records, condition)).ids

    return _tell_apart(attacker, name, find, "search")


@way(SINGLY)
def name_search(attacker, name):
    records = attacker.records

    def find(condition):
        domain = _get_domain(records, condition)
        return [found[0] for found in records.name_search("", domain, limit=None)]

    return _tell_apart(attacker, name, find, "name_search")


@way(SINGLY_THROUGH)
def search_through(attacker, rows, path, name):
    """Search in another model, with a dotted path that leads here."""

    def find(condition):
        return rows.search(_get_domain(rows, condition, f"{path}.")).ids

    return _tell_apart(attacker, name, find, ("search", rows))


def _get_domain(records, condition, prefix=""):
    domain = [("id", "in", records.ids)]
    if condition:
        name, operator, value = condition
        domain.append((f"{prefix}{name}", operator, value))
    return domain


@way(BY_HALVES)
def order(attacker, names):
    records = attacker.records
    up, down = (
        records.search(
            _get_domain(records, None),
            order=", ".join([*(f"{name} {direction}" for name in names), "id"]),
        ).ids
        for direction in ("asc", "desc")
    )
    return up != down and (up, down)


# === WHAT IS GROUPED === #


@way(BY_HALVES)
def group(attacker, names):
    return _group(attacker, attacker.records, names)


@way(SINGLY_THROUGH)
def group_through(attacker, rows, path, name):
    return _group(attacker, rows, [name], f"{path}.")


def _group(attacker, rows, names, prefix=""):
    specs = [
        f"{prefix}{name}:month"
        if attacker.get_field(name).type in _DATES
        else f"{prefix}{name}"
        for name in names
    ]
    groups = rows.formatted_read_group(_get_domain(rows, None), specs, ["__count"])
    return [group[spec] for group in groups for spec in specs if group[spec]]


def _get_aggregates(field):
    functions = ["count_distinct", "array_agg"]
    if field.type in _NUMBERS:
        functions += ["sum", "max"]
    elif field.type == "boolean":
        functions.append("bool_or")
    return [f"{field.name}:{function}" for function in functions]


@way(BY_HALVES)
def aggregate(attacker, names):
    specs = [
        spec for name in names for spec in _get_aggregates(attacker.get_field(name))
    ]
    domain = _get_domain(attacker.records, None)
    [row] = attacker.model.formatted_read_group(domain, [], specs)
    for spec in specs:
        value = row[spec]
        if any(value) if isinstance(value, list) else value:
            return spec, value
    return None


@way(BY_HALVES)
def having(attacker, names):
    domain = _get_domain(attacker.records, None)

    def find(conditions):
        having = ["|"] * (len(conditions) - 1) + conditions
        return attacker.model.formatted_read_group(
            domain, ["create_uid"], ["__count"], having=having
        )

    right, wrong = [], []
    for name in names:
        if attacker.get_field(name).type in _NUMBERS and attacker.values[name]:
            right.append((f"{name}:max", ">=", attacker.values[name][0]))
            wrong.append((f"{name}:max", ">=", 10**9))
        else:
            right.append((f"{name}:count_distinct", ">", 0))
            wrong.append((f"{name}:count_distinct", ">", 10**6))
    found = find(right)
    if found and len(names) == 1 and find(wrong):
        return None
    return found and right


# === WHAT FORMS SHOW === #


@way(SINGLY)
def onchange_of_theirs(attacker, name):
    """Open a foreign record's form and change this field."""
    spec = attacker.get_spec(attacker.names)
    values = {name: attacker.forged[name]}
    shown = attacker.records[:1].onchange(values, [name], spec)
    return attacker.get_secret(shown)


@way(SINGLY)
def onchange_of_new(attacker, name):
    """Put a foreign record into the form of a new one."""
    value = attacker.foreign[name]
    value = [(6, 0, [value])] if attacker.is_x2many(name) else value
    spec = attacker.get_spec(attacker.names)
    return attacker.get_secret(attacker.model.onchange({name: value}, [name], spec))


@way(SINGLY)
def default(attacker, name):
    """Bring a foreign record in by the defaults of the context."""
    value = attacker.foreign[name]
    value = [value] if attacker.is_x2many(name) else value
    model = attacker.model.with_context(**{f"default_{name}": value})
    spec = attacker.get_spec(attacker.names)
    shown = [model.default_get(list(attacker.names)), model.onchange({}, [], spec)]
    return attacker.get_secret(shown)
