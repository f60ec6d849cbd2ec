"""What is kept in words, for whoever reads it, in whichever language."""

import psycopg2

from odoo.exceptions import UserError


def in_each_language(records, describe):
    """Return what is said of these records in each language that may be read here.

    For what is kept, and shown inside other words to whoever reads it later.

    :param describe: called with the records in a language; returns the words
    :return: dict from the code of the language to the words
    """
    installed = records.env["res.lang"].get_installed()
    # what Odoo falls back to comes first
    codes = dict.fromkeys(["en_US", *(code for code, _name in installed)])
    return {code: describe(records.with_context(lang=code)) for code in codes}


def in_language(words, lang):
    """Return what `in_each_language` returned, as one reads it in a language.

    :param words: that, or words that are the same in all
    :param lang: code of the language, or False
    """
    if not isinstance(words, dict):
        return words
    return words.get(lang) or words["en_US"]


def end_sentence(words):
    """Return words that others may follow: with a full stop where they have no end.

    :param words: plain text or `Markup`, maybe what a machine said
    """
    end = words.rstrip("\"'”»)]> \n")[-1:]
    return words if end in (*".!?…:", "") else words.rstrip() + "."


def explain_error(env, error, said_in=None):
    """Return an exception in words for who has to do something about it.

    What Odoo says to users is meant for them, unless it repeats what the machine said:
    a template with a mistake, say. `in_batch_or_singly` wrote that to the log.

    :param said_in: the language in which it was raised, if not that of `env`: then it
        is quoted as it is
    """
    if isinstance(error, UserError) and not error.__cause__:
        if said_in and said_in != (env.lang or "en_US"):
            return env._("“%(words)s”", words=str(error))
        return str(error)
    if isinstance(error, psycopg2.IntegrityError) and (
        words := _explain_constraint(env, error)
    ):
        return words
    return env._("an unexpected error, which the server's log tells of.")


def _explain_constraint(env, error):
    """Return in words what the database refused, or None where nobody has any.

    Those that a practice meets say also what to do. Odoo's own words for what has no
    message repeat what the machine said.

    :param error: `psycopg2.IntegrityError`, rolled back already
    """
    name = error.diag.constraint_name
    if name == "account_move_line_check_accountable_required_fields":
        return env._(
            "there is no income account for it. Ask the accountant to choose one on "
            "the service or on the journal."
        )
    if name == "account_move_unique_name":
        return env._(
            "another invoice has this number already. Ask the accountant to look at "
            "the numbers of the journal."
        )
    for model in env.registry.values():
        if model._table == error.diag.table_name and name in model._table_objects:
            return env[model._name]._sql_error_to_message(error)
    return None
