"""How one attack is made: what it did is taken back, what it cost is counted."""

import gc
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from odoo.exceptions import AccessError
from odoo.models import BaseModel
from odoo.tools import mute_logger

from .attack_changing import Ledger

_LOGGERS = (
    "odoo.addons.base.models",
    "odoo.addons.mail",
    "odoo.models",
    "odoo.orm.models",
    "odoo.sql_db",
)


def _without_words(env):
    """Let refusals come without words: to find them costs more than to refuse.

    Who is refused what stays as it is. The words are attacked in `test_attack_kinds`.
    """

    def check(records, field, operation):
        if not records._has_field_access(field, operation):
            raise AccessError(operation)

    patches = ExitStack()
    for model, name, replacement in (
        (
            env.registry["ir.rule"],
            "_make_access_error",
            lambda rule, operation, records: AccessError(operation),
        ),
        (
            env.registry["ir.model.access"],
            "_make_access_error",
            lambda access, model, mode: AccessError(mode),
        ),
        (BaseModel, "_check_field_access", check),
    ):
        patches.enter_context(patch.object(model, name, replacement))
    return patches


class Attempts:
    """Attacks that are made one after the other, as if each were a request.

    :ivar refusals: Counter of what stopped them, by the error's name
    :ivar made: Counter of calls, by way
    :ivar spent: Counter of seconds of this process, by way
    """

    def __init__(self, scene):
        self.env = scene.env
        self.ledger = Ledger(scene)
        self.refusals = Counter()
        self.made = Counter()
        self.spent = Counter()
        self._reading = None

    @contextmanager
    def begun(self):
        """Within this, attacks are made."""
        self.env.flush_all()
        self.before = self.ledger.take()
        self.tidy()
        gc.freeze()  # what is there already need not be looked at again and again
        try:
            with mute_logger(*_LOGGERS), _without_words(self.env):
                yield
        finally:
            gc.unfreeze()

    def tidy(self):
        """Let environments go that only keep themselves alive.

        See `AttackScene.setUpClass` for what they cost: without this a third of all.
        """
        gc.collect()

    @contextmanager
    def reading(self):
        """Within this the database refuses whatever is not reading.

        So nothing is to be taken back after each attack, which needs no savepoint of
        its own; only one that wants to write is made once more, with one.
        """
        self._begin_reading()
        try:
            yield
        finally:
            self._reading.close(rollback=True)
            self._reading = None

    def _begin_reading(self):
        self._reading = self.env.cr.savepoint()
        # in force until that savepoint is rolled back
        self.env.cr.execute("SET LOCAL transaction_read_only = on")

    def make(self, way, act, attacker=None):
        """Attack, and take back whatever that did.

        :param act: function that returns a proof of what was learned
        :param attacker: who may have changed something; None: nothing changes
        :return: (the error that stopped it, or None; proof)
        """
        begun = time.process_time()
        try:
            if self._reading:
                return self._make_by_reading(act)
            return self._make(act, attacker, way)
        finally:
            gc.collect(1)  # as `tidy`, of those that this attack made
            way = way.partition(":")[0]
            self.made[way] += 1
            self.spent[way] += time.process_time() - begun

    def _make_by_reading(self, act):
        answer = self._try(act)
        self.env.cr.clear()
        if self._is_broken():
            self._reading.close(rollback=True)
            answer = self._make(act)
            self._begin_reading()
        else:
            self._note(answer)
        return answer

    def _is_broken(self):
        # also where the code that was attacked let nobody know of the error
        status = self.env.cr.connection.info.transaction_status
        return status == TRANSACTION_STATUS_INERROR

    def _make(self, act, attacker=None, way=""):
        def act_and_look():
            proof = act()
            if attacker:
                proof = proof or self._get_harm(attacker, way)
            return proof

        savepoint = self.env.cr.savepoint()
        try:
            answer = self._try(act_and_look)
        finally:
            savepoint.close(rollback=True)
        self._note(answer)
        return answer

    def _try(self, act):
        # as in a new request: nothing is left of what was read with other rights
        self.env.invalidate_all()
        try:
            return None, act()
        except Exception as error:  # whatever stops it is good
            return error.with_traceback(None), None

    def _note(self, answer):
        error, _proof = answer
        if error:
            self.refusals[type(error).__name__] += 1

    def _get_harm(self, attacker, way):
        self.env.flush_all()
        after = self.ledger.take()
        return self.ledger.get_harm(attacker, self.before, after, way)
