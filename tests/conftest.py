"""System tests run through ./dev test, which names Odoo and PostgreSQL to them."""

import os

import pytest

from devtools.browser.pages import browser
from devtools.environment.settings import ODOO_VARIABLE
from devtools.practice.running import practice
from devtools.practice.sms_practice import sms_practice
from web_client import WebClients

# These take minutes each: they begin first, so that two processes end together.
LONG = (
    "test_outages",
    "test_update",
    "test_queue_job",
    "test_bench",
    "test_main_job",
    "test_jobs",
    "test_uninstall",
    "test_kill",
    "test_races",
    "test_sending",
    "test_growth",
    "test_demo",
)


def pytest_configure(config):
    """Say how to run these tests to whom calls pytest by hand."""
    if not os.environ.get(ODOO_VARIABLE):
        pytest.exit("Run the tests with ./dev test tests", returncode=4)


def pytest_collection_modifyitems(items):
    """Sort the files: the longest first."""
    rank = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(LONG)))


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


@pytest.fixture(scope="session")
def _running_chromium():
    with browser() as running:
        yield running


@pytest.fixture(scope="session")
def _web_clients(_running_chromium):
    return WebClients(_running_chromium)


@pytest.fixture
def chromium(_running_chromium, _web_clients):
    """A Playwright `Browser` for all tests: a test's windows are closed after it."""
    yield _running_chromium
    _web_clients.close_others()


@pytest.fixture
def web_client(clinic, chromium, _web_clients):
    """A function of a login and a width that returns the page of a user of `clinic`.

    What it shows is chosen by `visit`. The test fails where an error comes to light.
    """
    del _web_clients.errors[:]

    def open_page(login="kari", width=1400):
        return _web_clients.page(clinic.server, login, width)

    yield open_page
    assert _web_clients.errors == []


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
