import polib

from devtools import translations


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
