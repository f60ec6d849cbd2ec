"""The addon's and Odoo's scheduled actions, run now, as an administrator may."""

from ..environment.clock import wait_until
from ..environment.settings import ADDON
from .rpc import RpcError


def run_cron(practice, name):
    """Run one of the addon's jobs now, as an administrator may (Run Manually).

    For what Odoo would do at its next periodic run. Nothing, if it runs already.

    :return: whether it ran
    """
    return press_run_manually(practice, job_id(practice, f"{ADDON}.ir_cron_{name}"))


def press_run_manually(practice, job):
    """Press Run Manually on a scheduled action; nothing, if it runs already."""
    try:
        practice.admin.press("ir.cron", "method_direct_trigger", job)
    except RpcError as error:
        # Odoo stumbles over what it wants to say of a job whose server was killed
        # three times. Its cron worker counts that as a run, and goes on.
        stumbled = "cannot unpack non-iterable NoneType" in str(error)
        if not stumbled and "already executing" not in str(error):
            raise
        return False
    return True


def job_id(practice, xml_id):
    """The id of a scheduled action, e.g. of "mail.ir_cron_mail_scheduler_action"."""
    module, name = xml_id.split(".")
    domain = [["module", "=", module], ["name", "=", name]]
    rows = practice.admin.rpc.call("ir.model.data", "search_read", domain, ["res_id"])
    return rows[0]["res_id"]


def wait_until_posted(practice, moves, timeout=60):
    """Wait until these invoices are posted, with run after run of the sending job.

    For what Odoo would do within its own minutes, e.g. after a restart.
    """

    def look():
        run_cron(practice, "send_due")
        rows = practice.kari.rpc.call("account.move", "read", list(moves), ["state"])
        return all(row["state"] == "posted" for row in rows)

    wait_until(look, timeout, "the invoices to be posted")
