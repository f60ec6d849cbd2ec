"""Apps, where an administrator installs and uninstalls, and what the log says of it."""

import re

from devtools.environment.clock import wait_until
from devtools.practice.rpc import RpcError

MODULES = "ir.module.module"


def uninstall(clinic, module):
    """Press Uninstall."""
    rpc = clinic.admin.rpc
    (found,) = clinic.admin.ids(MODULES, name=module)
    wizard = rpc.call("base.module.uninstall", "create", [{"module_ids": [found]}])
    _press(clinic, "base.module.uninstall", "action_uninstall", wizard)
    assert clinic.admin.ids(MODULES, name=module, state="uninstalled")


def install(clinic, module):
    """Press Install."""
    found = clinic.admin.ids(MODULES, name=module)
    _press(clinic, MODULES, "button_immediate_install", found)
    assert clinic.admin.ids(MODULES, name=module, state="installed")


def _press(clinic, model, button, ids):
    """Press it; again, as its words say, where a job is running just now."""

    def press():
        try:
            clinic.admin.press(model, button, *ids)
        except RpcError as error:
            if "processing a scheduled action" not in str(error):
                raise
            return False
        return True

    wait_until(press, 60, "the jobs to end")


def troubles(log, since=0):
    """The errors in the server's log since that place in it: a list of lines."""
    with open(log, errors="replace") as file:
        file.seek(since)
        text = file.read()
    return re.findall(r"^.*(?: ERROR | CRITICAL |Traceback).*$", text, re.M)
