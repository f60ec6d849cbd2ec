"""The documents: links lead somewhere, and the guide knows what the addon has."""

import re
from xml.etree import ElementTree

import pytest

from devtools.environment.settings import ADDON, ROOT

GUIDE = ROOT / "docs" / "user-guide.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
APPS_PAGE = ROOT / ADDON / "static" / "description" / "index.html"
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_OWN_COLUMN = re.compile(r"^    (payments_\w+) = fields\.", re.MULTILINE)


def anchors(path):
    """The anchors of a Markdown file's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    dead = []
    for link in _LINK.findall(path.read_text()):
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


def test_every_picture_is_shown_and_can_be_taken_anew():
    text = "".join(path.read_text() for path in DOCUMENTS)
    scripts = [
        ROOT / name
        for name in ("devtools/pictures/guide.py", "benchmarks/growth_measuring.py")
    ]
    script = "".join(path.read_text() for path in scripts)
    made = set(re.findall(r'"([\w-]+\.(?:png|svg))"', script))
    pictures = [path.name for path in (ROOT / "docs" / "pictures").iterdir()]
    assert missing(text, pictures, "pictures/{})") == []
    assert sorted(made) == sorted(pictures)


def test_the_apps_page_takes_nothing_from_elsewhere():
    page = APPS_PAGE.read_text()
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sources
    assert [name for name in sources if not (APPS_PAGE.parent / name).is_file()] == []
    ElementTree.fromstring(f"<body>{page}</body>")


def test_the_guide_names_every_setting():
    guide = GUIDE.read_text()
    model = (ROOT / ADDON / "models" / "practice" / "res_company.py").read_text()
    assert missing(guide, _OWN_COLUMN.findall(model), "`{}`") == []
    view = ROOT / ADDON / "views" / "res_config_settings_views.xml"
    labels = [setting.get("string") for setting in view_nodes(view, "setting")]
    assert missing(guide, labels, "| {} |") == []


def test_the_guide_names_every_button():
    guide = GUIDE.read_text()
    labels = [
        button.get("string")
        for path in sorted((ROOT / ADDON).glob("*/*_views.xml"))
        for button in view_nodes(path, "button")
        if button.get("string") and not button.get("special")
    ]
    assert missing(guide, labels) == []


def test_the_guide_explains_every_status():
    model = (ROOT / ADDON / "models" / "booking" / "status.py").read_text()
    (table,) = re.findall(r"^STATUSES = \{(.*?)^\}", model, re.DOTALL | re.MULTILINE)
    statuses = re.findall(r'"(\w+)": \("([^"]+)", \w+\)', table)
    assert len(statuses) > 5
    guide = GUIDE.read_text()
    assert missing(guide, [label for _key, label in statuses], "| {} |") == []
    assert missing(guide, [key for key, _label in statuses], "`{}`") == []


def missing(text, words, form="{}"):
    """Those of the words that the text does not have in that form; never no words."""
    assert words
    return [word for word in words if form.format(word) not in text]


def view_nodes(path, tag):
    """All elements with this tag in a view's file: a list."""
    return list(ElementTree.parse(path).iter(tag))
