"""./dev lint: the form of the code."""

import re
import subprocess
import sys
from itertools import chain
from xml.etree import ElementTree

import polib

from ..environment.settings import ADDON, GLUE, ROOT
from . import translations

# %(name)s of Python, {{ … }} of a mail's subject, t-out="…" of its body
_PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|\{\{.*?\}\}|\bt-[\w-]+=\"[^\"]*\"")


def run(_options):
    """Check everything and say what is wrong.

    :return: the exit status: 0 when all is well
    """
    print("ruff", flush=True)
    wrong = _call("ruff", "check", ROOT)
    wrong += _call("ruff", "format", "--check", ROOT)
    addons = [ROOT / name for name in (ADDON, *GLUE)]
    for title, check in (
        ("XML", check_xml),
        ("placeholders in translations", check_po),
        ("missing translations", translations.check),
    ):
        print(title, flush=True)
        for sentence in chain.from_iterable(map(check, addons)):
            print(sentence)
            wrong += 1
    print("pylint-odoo", flush=True)
    wrong += _call("pylint", f"--rcfile={ROOT}/pyproject.toml", *addons)
    print("lint: something is wrong" if wrong else "lint: all is well")
    return 1 if wrong else 0


def _call(module, *arguments):
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return 1 if subprocess.run(command, cwd=ROOT).returncode else 0


def check_xml(folder):
    """One sentence for every XML file below `folder` that is not well-formed."""
    for path in sorted(folder.rglob("*.xml")):
        try:
            ElementTree.parse(path)
        except ElementTree.ParseError as error:
            yield f"{path}: not well-formed: {error}"


def check_po(folder):
    """One sentence for every mistake in the .po and .pot files below `folder`.

    A file that cannot be read, or a translation with other placeholders than its
    original, which would fail before the user's eyes.
    """
    for path in sorted([*folder.rglob("*.po"), *folder.rglob("*.pot")]):
        try:
            entries = polib.pofile(str(path), check_for_duplicates=True)
        except (OSError, ValueError) as error:
            yield f"{path}: cannot be read: {error}"
            continue
        for entry in entries.translated_entries():
            if placeholders(entry.msgid) != placeholders(entry.msgstr):
                yield f"{path}: other placeholders than the original: {entry.msgstr}"


def placeholders(text):
    """The set of placeholders like %(name)s or {{ name }} in a text."""
    return set(_PLACEHOLDER.findall(text))
