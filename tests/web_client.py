"""Odoo's web client in Chromium, kept from test to test: to load it takes a second."""

from devtools.browser.pages import log_in

# What a page has said: a notification closes by itself, at times before a busy machine
# has looked.
_KEEP_NOTIFICATIONS = """
    window.told = new Set();
    new MutationObserver(() => {
        for (const one of document.querySelectorAll(".o_notification")) {
            window.told.add(one.innerText);
        }
        const trouble = document.querySelector(".o_error_dialog")?.innerText || "";
        if (trouble.includes("Oops!")) {
            window.tellTrouble(trouble);
        }
    }).observe(document, {childList: true, subtree: true});
"""
_FORGET_NOTIFICATIONS = """() => {
    document.querySelectorAll(".o_notification_close").forEach((one) => one.click());
    window.told?.clear();
}"""
# As the browser's own "Back" does; false where it is not there, where somebody left a
# dialog, or a form that cannot be saved: then it does not come there.
_GO = """path => new Promise((resolve) => {
    if (!location.pathname.startsWith("/odoo") || document.querySelector(".modal")) {
        return resolve(false);
    }
    const {router} = odoo.loader.modules.get("@web/core/browser/router");
    const {bus} = odoo.__WOWL_DEBUG__.root.env;
    const url = new URL(path, location.origin);
    const arrive = () => resolve(true);
    bus.addEventListener("ACTION_MANAGER:UI-UPDATED", arrive, {once: true});
    setTimeout(() => resolve(false), 10000);
    history.pushState({nextState: router.urlToState(url)}, "", url);
    window.dispatchEvent(new PopStateEvent("popstate", {state: history.state}));
})"""


def visit(page, path):
    """Go to a page of the web client: "bookings/7".

    The client is not loaded anew where it is there; all it shows is read anew, and what
    it said before is forgotten.
    """
    page.bring_to_front()  # a page in the background draws nothing
    page.mouse.move(0, 0)  # a notification stays for as long as the mouse is on it
    if not page.evaluate(_GO, f"/odoo/{path}"):
        page.goto(f"/odoo/{path}")
    page.evaluate(_FORGET_NOTIFICATIONS)


class WebClients:
    """The web clients of a server's users.

    :param chromium: Playwright's `Browser`
    :ivar errors: what went wrong in one of them, unless somebody cleared it
    """

    def __init__(self, chromium):
        self.errors = []
        self._chromium = chromium
        self._kept = {}

    def page(self, server, login, width):
        """A page in which this user is logged in, for `visit`: Playwright's `Page`."""
        # one whose server has gone tries to reach it again and again
        for key in [key for key in self._kept if key[0] != server.pid]:
            self._kept.pop(key).context.close()
        key = (server.pid, login, width)
        if key not in self._kept:
            self._kept[key] = self._open(server.url, login, width)
        return self._kept[key]

    def close_others(self):
        """Close all windows but those that are kept."""
        kept = list(self._kept.values())
        for context in self._chromium.contexts:
            if not any(page in kept for page in context.pages):
                context.close()
            for page in context.pages:
                if page not in kept:
                    page.close()

    def _open(self, url, login, width):
        context = self._chromium.new_context(
            base_url=url,
            viewport={"width": width, "height": 900},
            timezone_id="Europe/Oslo",
        )
        page = context.new_page()
        page.expose_function("tellTrouble", lambda words: self.errors.append(words))
        page.add_init_script(_KEEP_NOTIFICATIONS)
        page.on("pageerror", lambda error: self.errors.append(error))
        log_in(page, url, login, login)
        return page
