"""./dev translations: the addons' .pot and .po files follow their sources."""

import difflib
import tempfile

import polib

from ..database import postgres
from ..database.installed import test_database
from ..environment import odoo, progress
from ..environment.settings import ADDON, ROOT, cache_folder

# How alike two texts must be for a translation to be worth keeping as a proposal.
_ALIKE = 0.7
# Odoo writes when it exported; a file would then change although no term did.
_DATES = ("POT-Creation-Date", "PO-Revision-Date")


def run(_options):
    """Export the terms anew, merge them into each language, and say what is left to do.

    :return: the exit status: 0 when every term is translated
    :raise Problem: when Odoo cannot export them
    """
    wrong = []
    with (
        postgres.running(),
        progress.Step("Terms of the addons"),
        test_database("translations") as database,
        tempfile.TemporaryDirectory() as scratch,
    ):
        for template in sorted(ROOT.glob(f"{ADDON}*/i18n/*.pot")):
            exported, log = f"{scratch}/terms.pot", cache_folder() / "translations.log"
            command = ["i18n", "export", "-d", database, "-o", exported, template.stem]
            odoo.run_quietly(command, "export the terms", log)
            _follow(template, polib.pofile(exported))
            wrong += check(template.parent)
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


def _follow(template, terms):
    """Let the files of an addon have these terms (polib.POFile)."""
    for name in _DATES:
        terms.metadata.pop(name, None)
    terms.save(str(template))
    for path in sorted(template.parent.glob("*.po")):
        translation = polib.pofile(str(path))
        merge(translation, terms)
        translation.save()
        done = len(translation.translated_entries())
        print(f"{path.relative_to(ROOT)}: {done} of {len(terms)} terms translated")


def merge(translation, terms):
    """Let a translation have the terms of the template, in its order.

    A new term that is much like one that is gone takes its translation, marked as
    fuzzy: somebody has to look at it.

    :param translation: polib.POFile of a language; it is changed
    :param terms: polib.POFile of the template
    """
    known = {entry.msgid: entry for entry in translation}
    current = {entry.msgid for entry in terms}
    gone = {
        msgid: entry.msgstr
        for msgid, entry in known.items()
        if msgid not in current and entry.msgstr
    }
    translation.clear()
    for term in terms:
        old = known.get(term.msgid)
        entry = polib.POEntry(
            msgid=term.msgid,
            msgstr=old.msgstr if old else "",
            occurrences=term.occurrences,
            comment=term.comment,
            flags=list(old.flags if old else term.flags),
        )
        if not old:
            for alike in difflib.get_close_matches(term.msgid, gone, 1, _ALIKE):
                entry.msgstr = gone[alike]
                entry.flags.append("fuzzy")
        translation.append(entry)


def check(folder):
    """One sentence for every term that a language below `folder` lacks.

    :param folder: a pathlib.Path
    """
    for template in sorted(folder.rglob("*.pot")):
        terms = {entry.msgid for entry in polib.pofile(str(template))}
        for path in sorted(template.parent.glob("*.po")):
            translation = polib.pofile(str(path))
            done = {entry.msgid for entry in translation.translated_entries()}
            for msgid in sorted(terms - done):
                yield f"{path}: not translated: {msgid!r}"
            for msgid in sorted({entry.msgid for entry in translation} - terms):
                yield f"{path}: no term of the addon: {msgid!r}"
