"""Who attacks what, by which way: all of it, generated from the registry."""

import logging
import time

from odoo.exceptions import AccessError
from odoo.models import MAGIC_COLUMNS

from . import attack_changing as changing
from . import attack_reading as reading
from . import attack_texts as texts
from .attack_attacker import Attacker
from .attack_attempts import Attempts
from .attack_common import ADDON, is_ours
from .attack_rights import (
    KINDS,
    get_scope,
    is_set_by_hand,
    may_see_field,
    may_write_field,
)

_logger = logging.getLogger(__name__)

# Models with fields of ours that tell nothing of a payment, and why.
HARMLESS_MODELS = {
    "account.bank.statement.line": "inherits what invoices have, and bills nothing",
    "ir.mail_server": "how many connections it takes; only administrators read it",
    "konfidens.payment.method": "how the practice takes money, and not of whom",
    "konfidens.payment.pause": "what is said to the practice, with no word of a payer",
    "konfidens.payment.reminder": "when the practice reminds, with no word of a payer",
    "mail.mail": "inherits what messages have, and only administrators read it",
    "res.company": "settings of the practice, which Odoo lets administrators write",
    "res.config.settings": "the same settings",
    "konfidens.payment.settings": "the same, for administrators of Payments",
    "konfidens.payment.settings.fields": "the same; it has no table",
    "product.product": "what a service is, not who was given it",
    "product.template": "what a service is, not who was given it",
}
# Of those of Odoo, what is made anew is an attack here:
_EVENT = "calendar.event"
_MADE = (_EVENT, "account.move")
# Models that others lead to: from these, and from no others, it is tried.
_FRONT = (*_MADE, "konfidens.payment.booking", "res.partner")
_RECORDS = 2  # of the foreign ones, for what is done one by one


def get_attacked_fields(env):
    """Return the names of the attacked fields by model, from the registry."""
    attacked = {}
    for model in env.values():
        if model._abstract or model._name in HARMLESS_MODELS:
            continue
        names = [
            name
            for name, field in model._fields.items()
            if is_ours(field) and name not in (*MAGIC_COLUMNS, "id")
        ]
        if names:
            if _is_our_model(model) and not model._transient:
                names.append("display_name")
            attacked[model._name] = names
    return attacked


def _is_our_model(model):
    return model._original_module == ADDON


class Matrix:
    """All attacks on a scene.

    :ivar failures: {key: proof} of the attacks that succeeded; a key reads
        ``kind|model.field|way``
    :ivar count: how many attacks were made
    """

    def __init__(self, scene):
        self.scene = scene
        self.env = scene.env
        self.fields = get_attacked_fields(self.env)
        self.attempts = Attempts(scene)
        self.failures = {}
        self.count = 0
        self._truth = {}

    def run(self, kinds=KINDS, models=None):
        """Attack as users of these kinds the records of these models, or of all.

        :return: the keys of the attacks that succeeded: a set
        """
        begun, work = time.monotonic(), time.process_time()
        with self.attempts.begun():
            for kind in kinds:
                for model in models or self.fields:
                    self._attack(kind, model)
                    self.attempts.tidy()
        _logger.info(
            "%s attacks in %.0f s (%.0f s of this process); %s succeeded, stopped by "
            "%s",
            self.count,
            time.monotonic() - begun,
            time.process_time() - work,
            len(self.failures),
            dict(self.attempts.refusals),
        )
        for way, seconds in self.attempts.spent.most_common():
            made = self.attempts.made[way]
            _logger.info("%6.2f s in %5d calls: %s", seconds, made, way)
        return set(self.failures)

    def _attack(self, kind, model):
        fields = self.fields[model]
        secret = [name for name in fields if not may_see_field(kind, model, name)]
        attacker = self.get_attacker(kind, model, secret, "read")
        if attacker.records:
            with self.attempts.reading():
                self._read(attacker)
            if model in _MADE:
                self._render(attacker)
        fields = [name for name in fields if not may_write_field(kind, model, name)]
        attacker = self.get_attacker(kind, model, fields, "write")
        if attacker.records:
            self._change(attacker)
        self._make(attacker)
        self._press(self.get_attacker(kind, model, fields, "press"))
        self._forge(self.get_attacker(kind, model, fields, "own"))

    def get_attacker(self, kind, model, names, operation):
        """Return an `Attacker`; from other models only where that is tried."""
        attacker = Attacker(self.scene, kind, model, names, operation, self._truth)
        if model in _FRONT and operation in ("read", "write"):
            attacker.find_referrers()
        return attacker

    # === READING === #

    def _read(self, attacker):
        for way in reading.TOGETHER.values():
            self.count += len(attacker.names)
            for names in filter(None, attacker.split_names(attacker.names)):
                self._together(attacker, way, attacker.records.ids, names)
        for way in reading.BY_HALVES.values():
            self._by_halves(attacker, way)
        names_of_ways = {
            reading.search: attacker.get_singly(attacker.names),
            # goes on as search does
            reading.name_search: attacker.get_singly(
                attacker.get_one_of_each_type(attacker.names)
            ),
            reading.onchange_of_theirs: attacker.get_singly(attacker.forged),
            reading.onchange_of_new: attacker.foreign,
            reading.default: attacker.foreign,
        }
        for way in reading.SINGLY.values():
            for name in names_of_ways[way]:
                self._try(attacker, way, name, field=name)
        for path, rows in attacker.referrers:
            self._read_through(attacker, path, rows)

    def _read_through(self, attacker, path, rows):
        via = f"{rows._name}.{path}"
        for way in reading.TOGETHER_THROUGH.values():
            self.count += len(attacker.names)
            for names in filter(None, attacker.split_names(attacker.names)):
                self._together_through(attacker, way, rows, path, names)
        # a path goes on as the field that it leads to, which is tried by itself
        names = attacker.get_singly(attacker.get_one_of_each_type(attacker.names))
        for way in reading.SINGLY_THROUGH.values():
            if way is reading.group_through and not rows._fields[path].store:
                continue
            for name in names:
                self._try(attacker, way, rows, path, name, field=name, via=via)

    def _together(self, attacker, way, ids, names):
        """Try all at once; where that refuses something, find out what."""
        records = attacker.model.browse(ids)
        error, shown = self.attempts.make(
            way.__name__, lambda: way(attacker, records, list(names))
        )
        if not error:
            self._fail_shown(attacker, way.__name__, shown)
        elif len(ids) > 1:
            if self._may_hide(error, way, attacker, attacker.model, names):
                for one in ids:
                    self._together(attacker, way, [one], names)
        elif len(names) > 1 and self._may_hide(error, way, attacker, records, names):
            for name in names:
                self._together(attacker, way, ids, [name])

    def _may_hide(self, error, way, attacker, records, names):
        """Return whether one refused field may hide that another one is shown."""
        if way in reading.EXPORTS and not attacker.may_export:
            return False
        return not isinstance(error, AccessError) or (
            records.has_access("read") and all(map(attacker.is_open, names))
        )

    def _together_through(self, attacker, way, rows, path, names):
        way_name = f"{way.__name__}:{rows._name}.{path}"
        error, shown = self.attempts.make(
            way_name, lambda: way(attacker, rows, path, list(names))
        )
        if not error:
            self._fail_shown(attacker, way_name, shown)
        elif len(names) > 1 and self._may_hide(error, way, attacker, rows, names):
            for name in names:
                self._together_through(attacker, way, rows, path, [name])

    def _by_halves(self, attacker, way):
        """Try all open fields at once; where one tells something, find out which.

        Nothing is lost: Odoo asks for the rights of each field that stands in a query,
        and a query that is refused, or tells anything, is made again for each half.
        By themselves those that would have it refused: closed ones, and what is not
        stored, by which few can be sorted or grouped.
        """
        self.count += len(attacker.names)
        names = attacker.get_singly(attacker.names)
        together = [
            name
            for name in names
            if attacker.is_open(name) and attacker.get_field(name).store
        ]
        parts = [[name] for name in names if name not in together]
        parts += [together] if together else []
        while parts:
            names = parts.pop()
            error, proof = self.attempts.make(
                way.__name__, lambda names=names: way(attacker, names)
            )
            if len(names) > 1 and (error or proof):
                middle = len(names) // 2
                parts += [names[:middle], names[middle:]]
            elif proof:
                self._fail(attacker, way.__name__, proof, names[0])

    def _fail_shown(self, attacker, way_name, shown):
        for row in shown or ():
            for name, value in row.items():
                self._fail(attacker, way_name, value, name)

    def _get_some(self, attacker):
        """Return some of the records, for what is done with one after the other."""
        return attacker.records[: _RECORDS if attacker.model._name in _MADE else 1]

    def _render(self, attacker):
        def attack(way, *arguments):
            return attacker.get_secret(way(attacker, *arguments))

        for name, (way, template_model) in texts.TEXTS.items():
            templates = [None]
            if template_model:
                templates = attacker.get_templates(template_model)
            for template in templates:
                for record in self._get_some(attacker):
                    self._count_attempt(attacker, name, attack, way, record, template)
        for beside in texts.BESIDE:
            name = f"read_beside:{beside[0]}"
            self._count_attempt(attacker, name, attack, texts.read_beside, beside)

    # === CHANGING === #

    def _change(self, attacker):
        written = list(attacker.forged)
        if not attacker.model.has_access("write"):  # all of them are refused alike
            written = attacker.get_one_of_each_type(written)
        for name in written:
            for record in self._get_some(attacker):
                self._try_change(attacker, changing.write, record, name)
        # other ways to write go on as this one: one field of each type is enough
        names = attacker.get_one_of_each_type(attacker.forged)
        for name in names if attacker.model._name in _FRONT else ():
            self._try_change(attacker, changing.load, attacker.records[:1], name)
        for path, rows in attacker.referrers:
            if rows._fields[path].type == "many2one":
                continue
            row = rows[:1]
            record = self._get_linked(attacker, row, path)
            via = f"{rows._name}.{path}"
            for name in names:
                self._try_change(
                    attacker, changing.write_through, record, name, row, path, via=via
                )
        if not self._is_made(attacker.model):
            return
        for name, way in changing.CHANGES_OF_RECORDS.items():
            if way is changing.unlink and attacker.model._name == _EVENT:
                continue  # what belongs to it goes along, whoever deletes it
            for record in attacker.records:
                self._count_attempt(attacker, name, way, attacker, record, changes=True)

    def _press(self, attacker):
        for button in changing.get_buttons(attacker.model):
            name = f"press:{button}"
            for record in self._get_some(attacker):
                self._count_attempt(
                    *(attacker, name, changing.press, attacker, record, button),
                    changes=True,
                )

    def _get_linked(self, attacker, row, path):
        record_id = row.with_env(self.env).sudo()[path][:1].id
        self.env.invalidate_all()
        return attacker.model.browse(record_id)

    def _make(self, attacker):
        model = attacker.model
        if not self._is_made(model):
            return
        may_make = get_scope(attacker.kind, "write", model._name)
        for name in attacker.names:
            # a new record may well be one's own, but for a new appointment here
            if (
                may_make
                and model._name != _EVENT
                and name not in attacker.foreign
                and (is_set_by_hand(name) or not _is_our_model(model))
            ):
                continue
            if attacker.get_new_values(name):
                self._try(attacker, changing.create, name, field=name, changes=True)

    def _is_made(self, model):
        return _is_our_model(model) or model._name in _MADE

    def _forge(self, attacker):
        # of invoices accountants write everything, as in Odoo
        if not (_is_our_model(attacker.model) or attacker.model._name == _EVENT):
            return
        for name in attacker.forged:
            if is_set_by_hand(name):
                continue
            for record in attacker.records[1:2] or attacker.records:
                self._try_change(attacker, changing.forge, record, name)

    # === ONE ATTACK === #

    def _try_change(self, attacker, way, record, name, *arguments, via=None):
        arguments = (record, name, *arguments)
        self._try(attacker, way, *arguments, field=name, via=via, changes=True)

    def _try(self, attacker, way, *arguments, field, via=None, changes=False):
        name = f"{way.__name__}:{via}" if via else way.__name__
        self._count_attempt(
            *(attacker, name, way, attacker, *arguments), field=field, changes=changes
        )

    def _count_attempt(self, attacker, name, act, *arguments, field="", changes=False):
        self.count += 1
        if self._key(attacker, name, field) in self.failures:
            return
        _error, proof = self.attempts.make(
            name, lambda: act(*arguments), attacker if changes else None
        )
        if proof:
            self._fail(attacker, name, proof, field)

    def _fail(self, attacker, name, proof, field=""):
        self.failures[self._key(attacker, name, field)] = repr(proof)[:300]

    def _key(self, attacker, name, field):
        model = attacker.model._name
        return f"{attacker.kind}|{model}.{field}|{name}".replace(".|", "|")
