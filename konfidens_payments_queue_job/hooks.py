"""What uninstalling leaves to the addon's own scheduled actions."""

METHODS = ("_complete_as_job", "_process_as_job")


def uninstall_hook(env):
    """Delete our jobs, which nobody can do any more.

    What they were for is found and done by the scheduled actions of
    `konfidens_payments`, as before.
    """
    env["queue.job"].search([("method_name", "in", METHODS)]).unlink()
