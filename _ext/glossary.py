"""The glossary: one data file, from which the page of each language is made.

``chapters/glossary.toml`` stands beside the chapters, whose words it fixes; it belongs to neither
language. The directive ``lstm-glossary`` prints all of it in the order of the page's language; the
filter box above the list is only shown where scripts run (``lstm-glossary.js``). The links from the
chapters are made in ``term_links.py``, the tests of the Vietnamese text read the same file.
"""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from chapter_numbers import chapter_number
from languages import NAMES, language_of, other
from lstm_course.language import text

DATA = Path("chapters", "glossary.toml")
SCRIPT = "lstm-glossary.js"
STYLE = "lstm-reference.css"
PAGES = {language: f"chapters/{language}/glossary" for language in NAMES}

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]  # cà, cả, cã, cá, cạ
_WORDS = ("one", "many", "none")


# --- the data ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Term:
    """One entry; ``forms`` and ``everyday`` say what links to it (see the head of the data)."""

    id: str
    chapter: int
    names: dict[str, str]
    meanings: dict[str, str]
    forms: dict[str, tuple[str, ...]]
    everyday: dict[str, tuple[str, ...]]
    banned: tuple[str, ...]

    @property
    def anchor(self) -> str:
        """The place of the term in the glossary pages."""
        return f"term-{self.id}"


class GlossaryError(ValueError):
    """An entry that is not complete; the message names it."""


def read(path: Path) -> tuple[Term, ...]:
    """Return the terms of a data file, in its order.

    Raises ``GlossaryError`` for an entry with a key too few or too many, ``OSError`` and
    ``tomllib.TOMLDecodeError`` for a file that cannot be read.
    """
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["term"]
    return tuple(_term(dict(entry)) for entry in entries)


def _term(entry: dict[str, Any]) -> Term:
    name = entry.get("id", "an entry without an id")
    try:
        names = {language: entry.pop(language) for language in NAMES}
        everyday = {lang: tuple(entry.pop(f"everyday_{lang}", ())) for lang in NAMES}
        forms = {lang: tuple(entry.pop(f"forms_{lang}", (names[lang],))) for lang in NAMES}
        meanings = {language: entry.pop(f"meaning_{language}") for language in NAMES}
        banned = tuple(entry.pop("banned", ()))
        term = Term(entry.pop("id"), entry.pop("chapter"), names, meanings, forms, everyday, banned)
    except KeyError as missing:
        raise GlossaryError(f"{name}: has no {missing.args[0]}") from None
    if entry:
        raise GlossaryError(f"{name}: what is {', '.join(entry)}?")
    return term


def alphabetical(words: str) -> list[tuple[list[int], list[int]]]:
    """Return the key by which a Vietnamese dictionary sorts: syllable by syllable, letters, tones.

    English, which has no tones, is sorted by the same key.

    >>> sorted(["đệm", "dropout", "cổng vào", "cổng", "ô nhớ", "cộng"], key=alphabetical)
    ['cổng', 'cổng vào', 'cộng', 'dropout', 'đệm', 'ô nhớ']
    """
    return [_syllable(word) for word in words.lower().split()]


def _syllable(word: str) -> tuple[list[int], list[int]]:
    letters, tones = [], []
    for letter in unicodedata.normalize("NFC", word):
        parts = unicodedata.normalize("NFD", letter)
        tone = next((mark for mark in parts if mark in _TONES), "")
        plain = unicodedata.normalize("NFC", parts.replace(tone, "") if tone else parts)
        if plain in _ALPHABET:
            letters.append(_ALPHABET.index(plain))
            tones.append(_TONES.index(tone))
    return letters, tones


def chapter_page(env: BuildEnvironment, number: int, language: str) -> str | None:
    """Return the page of a chapter in a language, if the build has it."""
    return next(
        (
            page
            for page in sorted(env.found_docs)
            if chapter_number(page) == number and language_of(page) == language
        ),
        None,
    )


# --- the page -----------------------------------------------------------------------------------


class InLanguage(nodes.inline):
    """Words in another language than their page's: a ``span`` with ``lang``."""


def in_language(words: str, language: str, *classes: str) -> InLanguage:
    """Return words marked with their language."""
    return InLanguage(words, words, lang=language, classes=list(classes))


def _open_span(writer: HTML5Translator, node: nodes.Element) -> None:
    writer.body.append(writer.starttag(node, "span", "", lang=node["lang"]))


def _close_span(writer: HTML5Translator, node: nodes.Element) -> None:
    writer.body.append("</span>")


def link_to(env: BuildEnvironment, page: str, words: str) -> nodes.Node:
    """Return a link from the page that is being read to another page of the book."""
    link = addnodes.pending_xref(
        "", refdomain="std", reftype="doc", refdoc=env.docname, reftarget=f"/{page}"
    )
    link["refexplicit"] = True
    link += nodes.inline(words, words)
    return link


class Glossary(SphinxDirective):
    """``{lstm-glossary}``: a filter box and all terms in the order of the page's language."""

    has_content = False
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Return the box and one list of definitions."""
        path = Path(self.env.srcdir, DATA)
        for source in (path, Path(self.env.srcdir, "_toc.yml"), Path(__file__)):
            self.env.note_dependency(str(source))
        try:
            terms = read(path)
        except (OSError, ValueError) as error:
            raise self.error(f"{DATA}: {error}") from error
        language = language_of(self.env.docname)
        terms = tuple(sorted(terms, key=lambda term: alphabetical(term.names[language])))
        entries = nodes.definition_list(classes=["lc-glossary"])
        entries += [self._entry(term, language) for term in terms]
        return [nodes.raw("", filter_html(language, len(terms)), format="html"), entries]

    def _entry(self, term: Term, language: str) -> nodes.Node:
        name = nodes.term("", "", ids=[term.anchor])
        name += nodes.inline("", term.names[language], classes=["lc-name"])
        name += nodes.Text(" · ")
        name += in_language(term.names[other(language)], other(language), "lc-other")
        meaning = nodes.paragraph("", term.meanings[language])
        if page := chapter_page(self.env, term.chapter, language):
            words = text("glossary.chapter", lang=language, number=term.chapter)
            meaning += [nodes.Text(" "), link_to(self.env, page, words)]
        return nodes.definition_list_item("", name, nodes.definition("", meaning))


def filter_html(language: str, count: int) -> str:
    """Return the filter box: hidden, until the script that makes it work shows it."""
    label = escape(text("glossary.filter", lang=language))
    words = "".join(
        f' data-{name}="{escape(text(f"glossary.{name}", lang=language))}"' for name in _WORDS
    )
    total = escape(text("glossary.many", lang=language).format(count=count))
    return (
        f'<div class="lc-filter"{words} hidden>'
        f'<label for="lc-filter">{label}</label>'
        '<input id="lc-filter" type="search" autocomplete="off" spellcheck="false">'
        f'<p role="status">{total}</p></div>'
    )


def _add_script(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if page in PAGES.values():
        app.add_js_file(SCRIPT, priority=700, defer="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Offer the directive, with its style and script."""
    app.add_node(InLanguage, html=(_open_span, _close_span))
    app.add_directive("lstm-glossary", Glossary)
    app.add_css_file(STYLE, priority=900)
    app.connect("html-page-context", _add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
