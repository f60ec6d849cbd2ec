"""Chromium, driven by Playwright."""

import contextlib
import re

from playwright.sync_api import sync_playwright

from ..environment.problem import Problem
from .chromium import use_chromium

# What a test or a picture does not need, and a closed network makes slow.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync"]

_TOKEN = re.compile(r'name="csrf_token" value="(\w+)"')


@contextlib.contextmanager
def browser():
    """A headless Chromium with a new profile.

    :return: Playwright's `Browser` (sync API)
    :raise Problem: where there is none and it cannot be installed
    """
    path = use_chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield running
        finally:
            running.close()


def log_in(page, url, login="admin", password="admin"):
    """Send Odoo's login form, without the seconds that it takes to draw it.

    :param page: Playwright's `Page`
    :param url: the server's address
    :raise Problem: when the login is refused
    """
    address = f"{url}/web/login"
    [token] = _TOKEN.findall(page.request.get(address).text())
    form = {"csrf_token": token, "login": login, "password": password}
    if page.request.post(address, form=form, max_redirects=0).status != 303:
        raise Problem(f"{login} may not log in to {url}")
