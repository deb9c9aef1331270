"""The list of references: all that the chapters cite, in the words of each language."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from bs4 import Tag
from pybtex.database import Entry, parse_string

import sync
from languages import NAMES
from references import DATA, order, plain, read, sentence

from .small_books import ROOT, Book

ENTRIES = read(ROOT / DATA)
CHAPTERS = [
    path
    for twin in sync.twins()
    for path in (twin.english, twin.vietnamese)
    if path.suffix == ".ipynb" and path.is_file()
]
GROUPS = {"", "ground", "data"}


def flat(words: str) -> str:
    """Return words without case, marks of Markdown and punctuation, to compare titles.

    >>> flat("*Long Short-Term Memory*: a story")
    'long short term memory a story'
    """
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFC", words).casefold()))


def cited(path: Path) -> list[str]:
    """Return the numbered references of a chapter."""
    cells = sync.read_notebook(path)["cells"]
    sources = [cell["source"] for cell in cells if cell["id"] == "references"]
    return [line for text in sources for line in text.splitlines() if re.match(r"\[\d+\]", line)]


def is_listed(reference: str) -> bool:
    """Whether one entry has the title and the year that a reference gives.

    >>> is_listed("[4] S. Hochreiter, Long Short-Term Memory, Neural Computation, 1997.")
    True
    >>> is_listed("[4] S. Hochreiter, Long Short-Term Memory, 1999.")
    False
    """
    words = flat(reference).split()
    given = {word for word in words if re.fullmatch(r"(19|20)\d\d", word)}
    titled = [e for e in ENTRIES if f" {flat(plain(e.fields['title']))} " in f" {' '.join(words)} "]
    years = {entry.fields.get("year") for entry in titled}
    # What has no year in the list needs none; two lessons share their title with an article.
    return bool(titled) and (bool(given & years) or years == {None} or not given)


@pytest.mark.parametrize("path", CHAPTERS, ids=sync.short)
def test_every_reference_of_a_chapter_is_listed(path: Path) -> None:
    references = cited(path)
    assert references, "a chapter ends with its references, in the cell 'references'"
    assert [line for line in references if not is_listed(line)] == []


def test_every_entry_is_complete() -> None:
    for entry in ENTRIES:
        fields = entry.fields
        assert fields.get("keywords", "") in GROUPS, entry.key
        assert ("note_en" in fields) == ("note_vi" in fields), entry.key
        assert fields.get("langid", "en") in {*NAMES, "de"}, entry.key
        # What has no year says what it is.
        assert "year" in fields or "note_en" in fields, entry.key
        assert re.fullmatch(r"(19|20)\d\d", fields.get("year", "2000")), entry.key
        assert re.fullmatch(r"10\.\d{4,}/\S+", fields.get("doi", "10.1000/x")), entry.key
        assert fields.get("url", "https://").startswith("https://"), entry.key
    titles = [(flat(plain(e.fields["title"])), e.fields.get("year"), e.key) for e in ENTRIES]
    known = [title[:2] for title in titles if not title[2].startswith("lesson9")]
    assert len(known) == len(set(known))


def one(text: str) -> Entry:
    """Return the one entry of a text."""
    return next(iter(parse_string(text, "bibtex").entries.values()))


LONG = one(
    """@article{x, author = {van Merriënboer, Bart and B, C and D, E and F, G and H, I},
    title = {On {LSTM}}, journal = {Neural Computation}, volume = 9, number = 8,
    pages = {1--2}, year = 1997, doi = {10.1/a--b}}"""
)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            "van Merriënboer, B. et al. (1997). On LSTM. "
            "Neural Computation, volume 9, number 8, pages 1–2.",
        ),
        (
            "vi",
            "van Merriënboer, B. và cộng sự (1997). On LSTM. "
            "Neural Computation, tập 9, số 8, trang 1–2.",
        ),
    ],
)
def test_an_entry_in_both_languages(language: str, expected: str) -> None:
    line = sentence(LONG, language)
    assert line.astext() == expected
    links = [
        node["refuri"]
        for node in line.findall(lambda node: "refuri" in getattr(node, "attributes", {}))
    ]
    assert links == ["https://doi.org/10.1/a--b"]


@pytest.mark.parametrize("language", NAMES)
def test_the_page_lists_everything_in_its_words(real_book: Book, language: str) -> None:
    page = real_book.page(f"chapters/{language}/references")
    items = page.select("ul.lc-references > li")
    assert len(items) == len(ENTRIES)
    words = " ".join(item.get_text() for item in items)
    foreign = {"en": r"và cộng sự|, tập \d|, trang \d", "vi": r"et al\.|, volume \d|, pages \d"}
    assert not re.search(foreign[language], words)
    assert re.search(foreign["vi" if language == "en" else "en"], words)
    assert "{" not in words
    marked = {str(tag["lang"]) for tag in page.select("ul.lc-references [lang]")}
    assert marked == {"vi" if language == "en" else "en", "de"}
    for item in items:
        assert isinstance(item, Tag)
        assert item.get_text().strip().endswith("."), item.get_text()
        assert ".." not in item.get_text()


def test_the_lists_are_alphabetical() -> None:
    keys = [entry.key for entry in sorted(ENTRIES, key=order)]
    assert keys.index("bengio1994") < keys.index("bengio2003") < keys.index("werbos1990")
