"""Chromium, driven by Playwright."""

import contextlib

from playwright.sync_api import sync_playwright

from .chromium import use_chromium

# What a test or a picture does not need, and a closed network makes slow.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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
    """Log in on Odoo's login page and wait for its web client.

    :param page: Playwright's `Page`
    :param url: the server's address
    """
    page.goto(f"{url}/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.click(".oe_login_form button[type=submit]")
    page.wait_for_selector(".o_web_client .o_main_navbar", timeout=60000)
