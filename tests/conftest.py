"""System tests run through ./dev test, which names Odoo and PostgreSQL to them."""

import os

import pytest

from devtools.settings import ODOO_VARIABLE


def pytest_configure(config):
    """Say how to run these tests to whom calls pytest by hand."""
    if not os.environ.get(ODOO_VARIABLE):
        pytest.exit("Run the tests with ./dev test tests", returncode=4)
