"""System tests run through ./dev test, which names Odoo and PostgreSQL to them."""

import os

import pytest

from devtools.environment.settings import ODOO_VARIABLE
from devtools.practice.running import practice
from devtools.practice.sms_practice import sms_practice


def pytest_configure(config):
    """Say how to run these tests to whom calls pytest by hand."""
    if not os.environ.get(ODOO_VARIABLE):
        pytest.exit("Run the tests with ./dev test tests", returncode=4)


@pytest.fixture(scope="session")
def _running_practice():
    with practice(prefix="test_practice") as running:
        yield running


@pytest.fixture
def clinic(_running_practice):
    """A `Practice` for all tests: one server, whatever they do to it and its mail."""
    running = _running_practice
    running.server.start()  # nothing, if it runs
    yield running
    _behave(running.mail)


def _behave(mail):
    mail.behave()
    mail.stop()
    mail.start()


@pytest.fixture(scope="session")
def _running_sms_practice():
    with sms_practice(prefix="test_sms") as running:
        yield running


@pytest.fixture
def sms_clinic(_running_sms_practice):
    """An `SmsPractice` for all tests: one server, whatever they do to its providers."""
    running = _running_sms_practice
    running.server.start()  # nothing, if it runs
    yield running
    for provider in (running.twilio, running.iap):
        provider.behave()
        provider.start()
    running.choose(
        sms_provider="twilio",
        payments_channel="sms",
        payments_failover=False,
        payments_together=False,
    )
    _behave(running.mail)
