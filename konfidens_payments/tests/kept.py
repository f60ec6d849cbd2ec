"""The practice of the tests, made once in the database that all of them get a copy of.

./dev test does so: each class of tests would make it anew, which takes longer than many
a test. Without it, each class does.
"""

import json
from functools import cache
from unittest.mock import patch

from odoo import models
from odoo.modules.registry import Registry
from odoo.tests.common import TransactionCase, get_db_name

_KEY = "konfidens_payments.practice_of_the_tests"


def keep_practice(env, case):
    """Make what a class of tests sets up, and note which records that are.

    :param env: of the database, in which it is committed
    :param case: the class, `PaymentsCommon`
    """
    made = type(case.__name__, (case,), {"env": env})
    with patch.object(TransactionCase, "setUpClass", classmethod(_take_no_cursor)):
        made.setUpClass()
    kinds = models.BaseModel | dict | str
    noted = {
        name: pack(value)
        for name, value in vars(made).items()
        if isinstance(value, kinds) and not name.startswith("__")
    }
    env["ir.config_parameter"].set_param(_KEY, json.dumps(noted))
    env.cr.commit()


def _take_no_cursor(cls):
    super(TransactionCase, cls).setUpClass()


@cache
def read_practice():
    """Return what was noted: a dict from the class's attribute to it; empty if none."""
    with Registry(get_db_name()).cursor() as cr:
        cr.execute("SELECT value FROM ir_config_parameter WHERE key = %s", [_KEY])
        return json.loads(cr.fetchone()[0]) if cr.rowcount else {}


def pack(value):
    if isinstance(value, models.BaseModel):
        return [value._name, value.ids]
    if isinstance(value, dict):
        return {name: pack(one) for name, one in value.items()}
    return value


def unpack(env, value):
    if isinstance(value, list):
        model, ids = value
        return env[model].browse(ids)
    if isinstance(value, dict):
        return {name: unpack(env, one) for name, one in value.items()}
    return value
