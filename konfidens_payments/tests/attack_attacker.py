"""One user who attacks what belongs to others, and what such a user knows and has."""

import json

from odoo.models import MAGIC_COLUMNS

from .attack_common import get_billing, is_ours
from .attack_rights import COMPANY, OWN, get_scope, may_see_field

_NUMBERS = ("integer", "float", "monetary")
_SIMPLE = {
    "char": "forged",
    "text": "forged",
    "html": "forged",
    "integer": 1,
    "float": 1.0,
    "monetary": 1.0,
    "date": "2031-01-01",
    "datetime": "2031-01-01 10:00:00",
}
_VALUES = 2  # true values of a field that are searched for


class Attacker:
    """A user of one kind before the records of one model that are not the user's.

    What needs all rights is found out at the beginning: later it would fill the cache
    with what the attacked code must not find there.

    :param operation: "read", "write" or "press": the records are those on which the
        user may not do this; "own" and "seen": those that are the user's to write, to
        read
    :param names: the fields that are attacked
    :param known: {(record, field): true value} that are found out already
    :ivar records: the records, as this user
    :ivar targets: {model: all foreign records}, with all rights
    :ivar values: {field: some true values}; of relations pairs of ids and a label
    :ivar forged: {field: a value that it has not}, for those that can have one
    :ivar foreign: {field: id of a foreign record}, for relations
    :ivar visible: {way: ids of the records that the user can search for}
    :ivar referrers: list of (field, rows of another model that lead to the records)
    """

    def __init__(self, scene, kind, model, names, operation, known):
        self.scene = scene
        self.kind = kind
        self.names = tuple(names)
        self.known = known
        self.visible = {}
        self.user = scene.users[kind]
        context = {
            "lang": "en_US",
            "tz": "Europe/Oslo",
            "allowed_company_ids": self.user.sudo().company_ids.ids,
            # what costs much time and is no way in: mails and notes about changes
            "tracking_disable": True,
            "no_mail_to_attendees": True,
            "skip_attendee_notification": True,
        }
        self.env = scene.env(user=self.user.id, su=False, context=context)
        self.may_export = self.env.user.has_group("base.group_allow_export")
        self.model = self.env[model]
        own = {"own": "write", "seen": "read"}
        self.operation = own.get(operation, operation)
        get = scene.get_own if operation in own else scene.get_targets
        truth = get(kind, self.operation, model)
        self.records = self.model.browse(truth.ids)
        self.secrets = scene.get_secrets(kind)
        self.targets = {
            name: scene.get_targets(kind, "read", name) for name in scene.get_models()
        }
        self.foreign = {
            name: foreign.id
            for name in self.names
            if (foreign := self._get_foreign(name))
        }
        self.values = {name: self._get_values(truth, name) for name in self.names}
        self.forged = self._get_forged(truth[:1])
        self.referrers = []

    # === WHAT THE USER KNOWS === #

    def get_field(self, name):
        return self.model._fields[name]

    def get_one_of_each_type(self, names):
        """Return one of these fields for each type of field: a list."""
        fields = [self.get_field(name) for name in names]
        return list({field.type: field.name for field in reversed(fields)}.values())

    def is_open(self, name):
        """Return whether the field is of no groups, or of the user's."""
        return self.model._has_field_access(self.get_field(name), "read")

    def split_names(self, names):
        """Return two lists: the open ones of these fields, and the others."""
        open_names = [name for name in names if self.is_open(name)]
        return open_names, [name for name in names if name not in open_names]

    def get_examples(self, closed):
        """Return those of these closed fields that are worth an attack of their own.

        Odoo refuses what is closed, a field or its model, whatever the field's name is.
        What is done before that depends on the type, and on a search method of its own,
        which Odoo asks before it looks at the field's groups.
        """
        examples = {}
        for name in closed:
            field = self.get_field(name)
            method = getattr(field.search, "__func__", field.search)
            examples.setdefault((field.type, field.store, method), name)
        return list(examples.values())

    def get_singly(self, names):
        """Return those of these fields that are worth an attack of their own.

        All that are open, so that a new field is attacked by itself, and examples of
        those that are closed. Whether they are is asked for each user anew.
        """
        if not self.model.has_access("read"):
            return self.get_examples(list(names))
        open_names, closed = self.split_names(names)
        return open_names + self.get_examples(closed)

    def is_x2many(self, name):
        return self.get_field(name).type in ("one2many", "many2many")

    def get_spec(self, names):
        """Return what `web_read` shall read: of relations also the names."""
        return {
            name: {"fields": {"display_name": {}}}
            if self.get_field(name).relational
            else {}
            for name in names
        }

    def get_templates(self, model):
        # sudo: there are few, whoever wants them tries all ids
        templates = self.env[model].sudo()
        return templates.search([("model", "=", self.model._name)]).with_env(self.env)

    def _get_foreign(self, name):
        """Return a foreign record for a relation.

        Of contacts only a client, where it is a secret who pays for him: the contacts
        themselves are none.
        """
        comodel = self.get_field(name).comodel_name
        if comodel in ("res.partner", "res.users"):
            if name == "client_id" and not may_see_field(
                self.kind, "res.partner", "invoice_recipient_id"
            ):
                return self.scene.cases["public"].partners[:1]
            return None
        return self.targets.get(comodel, self.user.browse())[-1:]

    def _get_values(self, truth, name):
        values = []
        for record in truth:
            value = self._get_value(record, name)
            if value and value not in values:
                values.append(value)
        return values[:_VALUES]

    def _get_value(self, record, name):
        # once for all users: whatever they do is taken back
        if (record, name) not in self.known:
            value = record[name]
            if value and record._fields[name].relational:
                value = (value.ids, value[:1].display_name)
            self.known[record, name] = value
        return self.known[record, name]

    def _get_forged(self, truth):
        forged = {}
        for name in self.names:
            field = self.get_field(name)
            value = _SIMPLE.get(field.type)
            if field.type == "boolean":
                value = not truth[name]
            elif field.type == "selection":
                others = list(field.get_values(truth.env))
                others = [one for one in others if one != truth[name]]
                value = others[-1] if others else None
            elif field.relational:
                value = self._get_other(truth, name)
            if value is not None:
                forged[name] = value
        return forged

    def _get_other(self, truth, name):
        """Return another record for a relation: one of the user's own, or a foreign."""
        comodel = self.get_field(name).comodel_name
        if comodel == "res.partner":
            other = self.user.partner_id
        elif comodel == "res.users":
            other = self.user
        elif comodel in self.targets and self.targets[comodel] - truth[name]:
            other = (self.targets[comodel] - truth[name])[:1]
        else:
            records = truth.env[comodel].with_context(active_test=False)
            other = records.search([("id", "not in", truth[name].ids)], limit=1)
        if not other:
            return None
        return [(4, other.id)] if self.is_x2many(name) else other.id

    def find_referrers(self):
        """Find the rows of other models that lead to these records.

        By one to-one and one to-many relation of each model.
        """
        # sudo: before the attacks, as in __init__
        self.referrers = list(self._find_referrers(self.records.sudo()))
        self.env.invalidate_all()

    def _find_referrers(self, truth):
        ids = set(truth.ids)
        for model in self.scene.get_models():
            if model == truth._name or not self.env[model].has_access("read"):
                continue
            kinds_of_relations = set()
            for name, field in self.env[model]._fields.items():
                to_many = field.type != "many2one"
                if (
                    field.comodel_name != truth._name
                    or name in MAGIC_COLUMNS
                    or field.inherited
                    or not (field.store or is_ours(field))
                    or to_many in kinds_of_relations
                ):
                    continue
                rows = self.scene.get_all(model).filtered(
                    lambda row, name=name: (
                        (value := self._get_value(row, name)) and set(value[0]) <= ids
                    )
                )
                if rows:
                    kinds_of_relations.add(to_many)
                    yield name, self.env[model].browse(rows.ids)

    def find(self, way, find, condition=None):
        """Return what is found for a condition: a set of ids.

        Without one it is the same for all fields, and found once for each way.

        :param find: function that returns the ids for a condition, or for none
        """
        if condition:
            return set(find(condition))
        if way not in self.visible:
            self.visible[way] = set(find(None))
        return self.visible[way]

    # === WHAT THE USER LEARNS === #

    def get_secret(self, answer):
        """Return the secret that stands somewhere in an answer, or None."""
        text = json.dumps(answer, default=str, ensure_ascii=False)
        found = self.secrets.search(text)
        return found and text[max(0, found.start() - 40) : found.end() + 40]

    def get_shown(self, rows, names):
        """Return what rows show of foreign records: anything that is not empty."""
        return [
            {name: row[name] for name in names if row.get(name)}
            for row in rows
            if any(row.get(name) for name in names)
        ]

    def is_foreign(self, model, record_id):
        return record_id in self.targets.get(model, self.user.browse()).ids

    # === WHAT THE USER MAKES === #

    def settle(self):
        """Bring all to the database, as at the end of a request."""
        self.env.flush_all()
        self.env.invalidate_all()

    def get_true_value(self, record, name):
        """Return what is stored, with all rights; of an appointment what is billed."""
        if record._name == "calendar.event":
            record = get_billing(record.with_env(self.scene.env))
        if name not in record._fields or not record:
            return None
        value = record.sudo()[name]
        value = value.ids if self.get_field(name).relational else value
        self.env.invalidate_all()
        return value

    def get_new_values(self, name):
        """Return the values of a new record, with a foreign one in this field.

        :return: None where there is nothing to attack with
        """
        model = self.model._name
        by_field = dict(self.forged)
        for relation, record_id in self.foreign.items():
            command = [(4, record_id)] if self.is_x2many(relation) else record_id
            by_field[relation] = command
        if name not in by_field:
            return None
        values = {
            required: by_field[required]
            for required, field in self.model._fields.items()
            if field.required and not field.default and required in by_field
        }
        if model == "calendar.event":
            values |= self._get_event_values()
        elif model == "account.move":
            values["move_type"] = "out_invoice"
        return {**values, name: by_field[name]}

    def _get_event_values(self):
        """An appointment that this user may not bill, with a client."""
        scope = get_scope(self.kind, "write", "calendar.event")
        owner = self.user
        if scope == OWN:
            owner = self.scene.users["head"]
        elif scope == COMPANY:
            owner = self.scene.users["stranger"]
        guests = self.scene.cases["public"].partners[:1] + owner.partner_id
        return {
            "name": "Talk",
            "start": "2027-01-11 09:00:00",
            "stop": "2027-01-11 10:00:00",
            "user_id": owner.id,
            "partner_ids": [(6, 0, guests.ids)],
        }

    def is_set(self, made, name, value):
        """Return whether a new record has what the user wanted in this field."""
        true = self.get_true_value(made, name)
        if self.is_x2many(name):
            return value[0][1] in (true or [])
        return bool(true) and (true == [value] or str(true) == str(value))
