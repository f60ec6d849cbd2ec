"""Pictures of what users see, for the documents."""

import contextlib
import io

from PIL import Image

from ..browser.pages import log_in
from ..environment.settings import ROOT

FOLDER = ROOT / "docs" / "pictures"
WIDE, NARROW = 1400, 400


class Camera:
    """Takes pictures of a practice's screens, as seen in Oslo.

    :param url: the server's address
    :param chromium: Playwright's `Browser`
    """

    def __init__(self, url, chromium):
        self.url = url
        self.chromium = chromium

    @contextlib.contextmanager
    def page(self, login=None, width=WIDE, height=1250):
        """A page in a new browser.

        :param login: who is logged in; default: nobody
        :return: Playwright's `Page`
        """
        context = self.chromium.new_context(
            viewport={"width": width, "height": height}, timezone_id="Europe/Oslo"
        )
        context.set_default_timeout(60000)
        page = context.new_page()
        if login:
            log_in(page, self.url, login, login)
        yield page
        context.close()

    def open(self, page, path, seen):
        """Open a page of the web client, and wait until something is seen."""
        page.goto(f"{self.url}/odoo/{path}")
        page.locator(seen).first.wait_for()

    def shoot(self, page, name, height=None, element=None):
        """Take a picture: the top of the page, or one element."""
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement?.blur()")
        page.wait_for_timeout(600)  # until what fades in is there
        if element:
            save(page.locator(element).screenshot(), name)
            return
        size = page.viewport_size
        clip = {"x": 0, "y": 0, **size, "height": height or size["height"]}
        save(page.screenshot(clip=clip), name)


def bottom(page, selector, margin=24):
    """How far down the page an element reaches, in pixels."""
    box = page.locator(selector).last.bounding_box()
    return min(box["y"] + box["height"] + margin, page.viewport_size["height"])


def save(screenshot, name):
    """Write a screenshot (PNG bytes) into docs/pictures, with 256 colours."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / name
    picture = Image.open(io.BytesIO(screenshot)).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB", flush=True)
