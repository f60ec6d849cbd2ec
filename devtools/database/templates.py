"""Template databases, made once and copied: in seconds, not a minute, to a database.

Two layers: one for Odoo (its modules, a company in Norway), one for the addon on top,
keyed by what the addon's files say. A third one, where more modules are asked for, or
the practice of the addon's tests.
"""

import contextlib
import hashlib
import json
import re
from datetime import date

from ..environment import odoo, progress
from ..environment.locks import locked
from ..environment.problem import Problem
from ..environment.settings import ADDON, GLUE, GLUE_ALWAYS, ROOT, cache_folder
from . import catalog

PREFIX = "konfidens_payments_tpl_"
MODULES = "calendar,account,account_payment,sms,contacts,payment_demo"
MODULES += ",l10n_no,l10n_se,l10n_dk"
LANGUAGES = "nb_NO,sv_SE,da_DK"
# How many templates of older states of the addon stay, for who goes back and forth.
_KEEP = 2
# A company in Norway before accounting is there: its chart is then the Norwegian one.
_COUNTRY_SCRIPT = """
norway = env.ref("base.no")
env.ref("base.NOK").active = True
env.company.name = "Praksis AS"
env.company.country_id = norway
env.company.currency_id = env.ref("base.NOK")
env.cr.commit()
"""
_CHECK_SCRIPT = """
company = env.company
assert company.chart_template == "no", company.chart_template
assert company.currency_id.name == "NOK", company.currency_id.name
"""
# What the addon's tests begin with; it takes as long as all the tests of many a class.
# Files lie in the database: pytest-odoo's processes have one file store, in which each
# collects as garbage what only another's database knows.
_PRACTICE_SCRIPT = f"""
env["ir.config_parameter"].set_param("ir_attachment.location", "db")
from odoo.addons.{ADDON}.tests import common, kept
kept.keep_practice(env, common.PaymentsCommon)
"""

# All but those that keep a rule, or of Odoo's large tables: to plan a query PostgreSQL
# looks at each index of its tables, which takes longer than to read a test's few rows.
_DROP_INDEXES = """
SELECT string_agg('DROP INDEX ' || indexrelid::regclass, ';') FROM pg_index
JOIN pg_class ON pg_class.oid = indexrelid
WHERE relnamespace = 'public'::regnamespace AND NOT indisunique
AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
AND pg_relation_size(indrelid) < 300000
"""

# What a browser loads, which Odoo makes when it is asked for it first, in seconds.
_ASSETS_SCRIPT = """
for name in "assets_web", "assets_web_print", "assets_frontend", "assets_frontend_lazy":
    bundle = env["ir.qweb"]._get_asset_bundle(f"web.{name}")
    bundle.css(), bundle.js()
env.cr.commit()
"""

# Odoo gives a module its demo data only if all below it have theirs. They do not
# here (clients of ours shall not drown in Odoo's), so they say so for a moment.
_SET_DEMO = f"UPDATE ir_module_module SET demo = %s WHERE name <> '{ADDON}'"
_LOADING = re.compile(r"Loading module (\S+) \((\d+)/(\d+)\)")


def _key(*parts):
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:10]


def _odoo_key():
    """A key of the Odoo that is used: where it is and which version it is."""
    folder = odoo.odoo_folder()
    release = folder / "odoo/release.py"
    version = release.read_text(), release.stat().st_mtime_ns
    return _key(str(folder), *version, MODULES, LANGUAGES, _COUNTRY_SCRIPT)


def addon_hash(folder):
    """A key of the files that installing the addon reads.

    Tests are not among them: editing one does not make a new template.

    :param folder: the addon's folder
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if parts[0] == "tests" or "__pycache__" in parts or not path.is_file():
            continue
        digest.update("/".join(parts).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:10]


def _hashes():
    """The keys of the addon and of what installs itself with it: a list."""
    return [addon_hash(ROOT / name) for name in (ADDON, *GLUE_ALWAYS)]


@contextlib.contextmanager
def addon_template(demo=False, modules="", practice=False):
    """The template with the addon installed, made when it is not there yet.

    It is locked for the time of the block, so that nobody drops it while it is copied.

    :param demo: with the addon's demo data
    :param modules: more of Odoo's modules on top, e.g. "sms_twilio,sale"
    :param practice: with that of the addon's tests
    :return: the database's name
    :raise Problem: when the addon is missing or does not install
    """
    with locked("templates", "it is making a template database"):
        name = _with_addon(_base_template(), demo)
        name = _with_modules(name, modules) if modules else name
        yield _with_practice(name) if practice else name


@contextlib.contextmanager
def base_template(modules=""):
    """The template below the addon, likewise: Odoo with a company in Norway."""
    with locked("templates", "it is making a template database"):
        name = _base_template()
        yield _with_modules(name, modules) if modules else name


def _base_template():
    name = f"{PREFIX}base_{_odoo_key()}"

    def fill(fresh, log, step):
        _install(fresh, "base", log, step)
        _shell(fresh, _COUNTRY_SCRIPT, log)
        _install(fresh, MODULES, log, step, f"--load-language={LANGUAGES}")
        _shell(fresh, _CHECK_SCRIPT, log)

    return _made(name, f"{PREFIX}base_", "Odoo, accounting, Norway", None, fill)


def _with_addon(below, demo):
    family = f"{PREFIX}{'demo' if demo else 'addon'}_"
    before = _hashes()
    # Demo data lie in the weeks around the day on which they are loaded.
    week = list(date.today().isocalendar()[:2]) if demo else None

    def fill(fresh, log, step):
        if demo:
            catalog.execute_in(fresh, _SET_DEMO, [True])
        options = ["--with-demo"] if demo else []
        _install(fresh, ADDON, log, step, *options)
        _check_installed(fresh, demo, log)
        if demo:
            catalog.execute_in(fresh, _SET_DEMO, [False])
            _shell(fresh, _ASSETS_SCRIPT, log)
        if _hashes() != before:
            raise Problem("The addon's files changed while Odoo read them; try again.")

    title = "the addon and its demo data" if demo else "the addon"
    name = f"{family}{_key(below, before, week, _ASSETS_SCRIPT)}"
    return _made(name, family, title, below, fill)


def _with_modules(below, modules):
    family = f"{PREFIX}more_{_key(modules)}_"
    # What is glue between the addon and one of these modules comes with them.
    glue = [addon_hash(ROOT / name) for name in GLUE]

    def fill(fresh, log, step):
        _install(fresh, modules, log, step)

    return _made(f"{family}{_key(below, glue)}", family, modules, below, fill)


def _with_practice(below):
    family = f"{PREFIX}tests_"
    tests = ROOT / ADDON / "tests"
    made_by = [(tests / name).read_text() for name in ("common.py", "kept.py")]

    def fill(fresh, log, _step):
        _shell(fresh, _PRACTICE_SCRIPT, log)
        ((drop,),) = catalog.execute_in(fresh, _DROP_INDEXES)
        catalog.execute_in(fresh, drop)

    name = f"{family}{_key(below, _PRACTICE_SCRIPT, _DROP_INDEXES, made_by)}"
    return _made(name, family, "the practice of the tests", below, fill)


def _made(name, family, title, below, fill):
    """The template of that name, made when it is not there yet.

    :param family: how the names of its older states begin, of which a few stay
    :param title: what it is, in words
    :param below: the template that it begins as a copy of, if any
    :param fill: function of the new database's name, its log and the `progress.Step`
    """
    if catalog.exists(name):
        return name
    fresh = f"{PREFIX}new"
    catalog.drop(fresh)
    log = cache_folder() / f"template-{family.split('_')[3]}.log"
    log.unlink(missing_ok=True)
    with progress.Step(f"Template database · {title}") as step:
        if below:
            catalog.copy(below, fresh)
        fill(fresh, log, step)
        # Closed to connections, a template can always be copied, and Odoo's list of
        # databases and its crons pass it by.
        catalog.execute("ALTER DATABASE {} ALLOW_CONNECTIONS false", fresh)
        catalog.rename(fresh, name)
    older = [one for one in catalog.names_like(family) if one != name]
    for one in older[: max(0, len(older) - _KEEP)]:
        catalog.drop(one)
    return name


def _install(name, modules, log, step, *options):
    def on_line(line):
        if match := _LOADING.search(line):
            step.update(f"module {match[2]} of {match[3]}, {match[1]}")

    arguments = ["server", "-d", name, "-i", modules, "--stop-after-init", "--no-http"]
    arguments += ["--max-cron-threads=0", *options]
    odoo.run_quietly(arguments, f"install {modules}", log, on_line=on_line)
    step.note = ""


def _shell(name, script, log):
    arguments = ["shell", "-d", name, "--no-http"]
    odoo.run_quietly(arguments, "set up the template database", log, script)


def _check_installed(name, demo, log):
    # Odoo takes an unknown module and failing demo data for a warning.
    found = dict(
        catalog.execute_in(
            name,
            "SELECT name, demo FROM ir_module_module"
            " WHERE name = ANY(%s) AND state = 'installed'",
            [[ADDON, *GLUE_ALWAYS]],
        )
    )
    missing = [module for module in (ADDON, *GLUE_ALWAYS) if module not in found]
    if not missing and found[ADDON] == demo:
        return
    what = ", ".join(missing) or "its demo data"
    said = odoo.essence(log.read_text(errors="replace"))
    raise Problem(f"Odoo did not install {what}; the log, {log}, says:\n{said}")
