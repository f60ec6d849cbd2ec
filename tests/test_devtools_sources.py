"""Translations follow the terms, and ./dev lint finds what is broken."""

import polib

from devtools.sources import lint, translations


def po(**texts):
    """A polib.POFile with these texts as translations of their names."""
    file = polib.POFile()
    file.extend(
        polib.POEntry(msgid=msgid, msgstr=text) for msgid, text in texts.items()
    )
    return file


def test_merge_keeps_what_is_still_there_in_the_templates_order():
    swedish = po(Pay="Betala", Gone="Borta", See="Se")
    translations.merge(swedish, po(See="", Pay="", New=""))
    assert [(entry.msgid, entry.msgstr) for entry in swedish] == [
        ("See", "Se"),
        ("Pay", "Betala"),
        ("New", ""),
    ]


def test_merge_proposes_the_translation_of_a_term_that_was_much_like_it():
    swedish = po(**{"No invoice yet.": "Ingen faktura än."})
    translations.merge(swedish, po(**{"No invoice yet": ""}))
    [entry] = swedish
    assert entry.msgstr == "Ingen faktura än."
    assert entry.fuzzy


def test_check_names_what_is_missing_fuzzy_or_too_much(tmp_path):
    po(Pay="", See="", Send="").save(str(tmp_path / "addon.pot"))
    swedish = po(Pay="Betala", See="", Send="Skicka", Gone="Borta")
    swedish.find("Send").flags.append("fuzzy")
    swedish.save(str(tmp_path / "sv.po"))
    assert [
        sentence.split(": ", 1)[1] for sentence in translations.check(tmp_path)
    ] == [
        "not translated: 'See'",
        "not translated: 'Send'",
        "no term of the addon: 'Gone'",
    ]
    po(Pay="Betala", See="Se", Send="Skicka").save(str(tmp_path / "sv.po"))
    assert not list(translations.check(tmp_path))


def test_lint_finds_broken_xml(tmp_path):
    (tmp_path / "good.xml").write_text("<odoo/>")
    assert list(lint.check_xml(tmp_path)) == []
    (tmp_path / "bad.xml").write_text("<odoo>")
    (sentence,) = lint.check_xml(tmp_path)
    assert "bad.xml: not well-formed" in sentence


def test_lint_finds_broken_translations(tmp_path):
    (tmp_path / "nb.po").write_text('msgid "a"\nmsgstr "b"\n')
    assert list(lint.check_po(tmp_path)) == []
    (tmp_path / "sv.po").write_text('<<<<<<< HEAD\nmsgid "a"\nmsgstr "b"\n')
    (sentence,) = lint.check_po(tmp_path)
    assert "sv.po: cannot be read" in sentence


def test_lint_finds_lost_placeholders(tmp_path):
    entry = '#. odoo-python\nmsgid "Pay %(amount)s"\nmsgstr "Betal {}"\n'
    (tmp_path / "nb.po").write_text(entry.replace("{}", "%(amount)s"))
    assert list(lint.check_po(tmp_path)) == []
    (tmp_path / "nb.po").write_text(entry.replace("{}", "%(belop)s"))
    (sentence,) = lint.check_po(tmp_path)
    assert "other placeholders than the original: Betal %(belop)s" in sentence
