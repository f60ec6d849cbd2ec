"""What installing takes up again, and what uninstalling leaves to Odoo.

Invoices, payments, contacts and appointments are Odoo's own, and stay as they are.
"""

import re

from odoo.fields import Command

ADDON = "konfidens_payments"
# Whose records are the practice's, also where the addon has made them: its proposed
# payment terms, and all that stands in the demo data.
PRACTICE = (
    "account.journal",
    "account.payment.term",
    "calendar.event",
    "product.product",
    "product.template",
    "res.partner",
    "res.users",
)
# Under which name they are kept, as those that a person exported.
OWN = "__export__"
TERM = "account_payment_term_14days"


def pre_init_hook(env):
    """Take up the payment terms that an installation of before has left."""
    left = env["ir.model.data"].search(
        [("module", "=", OWN), ("name", "=", f"{ADDON}_{TERM}")]
    )
    left.write({"module": ADDON, "name": TERM})


def uninstall_hook(env):
    """Leave nothing half done, and nothing that names what is gone."""
    env["konfidens.payment.message"]._leave()
    models = _get_ours(env, "ir.model").mapped("model")
    _leave_records(env)
    _leave_users(env)
    _leave_activities(env, models)
    _drop_filters(env, models)
    _drop_jobs(env, models)
    _drop_names(env, models)


def _get_ours(env, model):
    """Return the records of a model that nobody needs who stays installed."""
    going = env["ir.module.module"].search([("state", "=", "to remove")])
    going = {ADDON, *going.mapped("name")}
    names = env["ir.model.data"].search([("model", "=", model)])
    leaving = names.filtered(lambda name: name.module in going)
    needed = set((names - leaving).mapped("res_id"))
    return env[model].browse(set(leaving.mapped("res_id")) - needed).exists()


def _leave_records(env):
    """Leave to the practice what invoices and appointments need, and itself has edited.

    Odoo would delete it, or try to.
    """
    names = env["ir.model.data"].search(
        [("module", "=", ADDON), ("model", "in", PRACTICE)]
    )
    for name in names:
        name.write({"module": OWN, "name": f"{ADDON}_{name.name}"})


def _leave_users(env):
    """Let who had a right to Payments stay an employee, who may log in."""
    employees = env.ref("base.group_user")
    groups = _get_ours(env, "res.groups")
    users = env["res.users"].with_context(active_test=False)
    users = users.search([("all_group_ids", "in", groups.ids)])
    missing = users.filtered(lambda user: employees not in user.group_ids)
    missing.write({"group_ids": [Command.link(employees.id)]})


def _leave_activities(env, models):
    """Let what somebody is asked to do about an invoice be a to-do of Odoo's."""
    activities = (
        env["mail.activity"]
        .with_context(active_test=False)
        .search(
            [
                ("activity_type_id", "in", _get_ours(env, "mail.activity.type").ids),
                ("res_model", "not in", models),
            ]
        )
    )
    groups = activities.grouped(
        lambda one: (one.activity_type_id, one.user_id.lang or "en_US")
    )
    for (kind, lang), asked in groups.items():
        unnamed = asked.filtered(lambda one: not one.summary)
        unnamed.summary = kind.with_context(lang=lang).name
    activities.activity_type_id = env.ref("mail.mail_activity_data_todo")


def _drop_filters(env, models):
    """Delete the favourites of lists that go, and archive those that name our fields.

    Odoo could not open a list any more whose favourite names a field that is gone.
    """
    fields = _get_ours(env, "ir.model.fields").grouped("model")
    filters = env["ir.filters"].with_context(active_test=False)
    filters = filters.search([("model_id", "in", [*fields, *models])])
    gone = filters.filtered(lambda one: one.model_id in models)
    naming = (filters - gone).filtered(
        lambda one: re.search(
            rf"""['"](?:{"|".join(fields[one.model_id].mapped("name"))})\b""",
            f"{one.domain} {one.context} {one.sort}",
        )
    )
    naming.active = False
    gone.unlink()


def _drop_jobs(env, models):
    """Delete the scheduled actions that others made on what goes.

    The database would keep them, and with them the model.
    """
    jobs = env["ir.cron"].with_context(active_test=False)
    jobs = jobs.search([("model_id.model", "in", models)])
    (jobs - _get_ours(env, "ir.cron")).unlink()


def _drop_names(env, models):
    """Delete the names that other modules have given to parts of what goes.

    Odoo would keep them, of what is gone: of the chatter's fields, say.
    """
    fields = env["ir.model.fields"].search([("model", "in", models)])
    parents = env["ir.model.inherit"].search([("model_id.model", "in", models)])
    for records in (fields, fields.selection_ids, parents):
        env["ir.model.data"].search(
            [
                ("model", "=", records._name),
                ("res_id", "in", records.ids),
                ("module", "!=", ADDON),
            ]
        ).unlink()
