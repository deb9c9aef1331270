"""A link to the glossary where a chapter uses a term for the first time.

The links are put into the finished page, so that a notebook stays plain text wherever else it is
opened. Only running text is looked at: no headings, code, links, formulas, tables, figures,
widgets, quotations, folded solutions, and no reference list. A term is found as whole words, in
any case, the longest first; an English one also in its plural. Words that are everyday words too
count only where the author has set them in italics or bold, as one does with a new term.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from sphinx.application import Sphinx
from sphinx.config import Config

from chapter_numbers import chapter_number
from glossary import DATA, PAGES, Term, read
from languages import language_of
from lstm_course.language import text

_RUNNING_TEXT = "p, li"
_NOT_RUNNING = (
    "a, abbr, blockquote, button, code, details, figure, h1, h2, h3, h4, h5, h6, kbd, label, "
    "mjx-container, pre, script, style, summary, svg, table, .admonition-title, .cell, .footnote, "
    ".lstm-widget, .math, [lang]"
)
_PLURAL = {"en": "(?:e?s)?", "vi": ""}


def _pattern(forms: Iterable[str], language: str) -> re.Pattern[str]:
    longest_first = sorted(forms, key=len, reverse=True)
    words = "|".join(r"\s+".join(map(re.escape, form.split())) for form in longest_first)
    return re.compile(rf"(?<![\w-])(?:{words}){_PLURAL[language]}(?![\w-])", re.IGNORECASE)


class Finder:
    """Finds terms in one page, each of them once."""

    def __init__(self, terms: Iterable[Term], language: str) -> None:
        self.language = language
        self._plain: dict[str, Term] = {}
        self._everyday: dict[str, Term] = {}
        for term in terms:
            self._plain |= {form.lower(): term for form in term.forms[language]}
            self._everyday |= {form.lower(): term for form in term.everyday[language]}
        self._patterns = {
            emphasised: _pattern(forms, language)
            for emphasised, forms in (
                (False, self._plain),
                (True, {**self._plain, **self._everyday}),
            )
            if forms
        }
        self._found: set[str] = set()

    def split(self, words: str, *, emphasised: bool) -> list[str | tuple[str, Term]]:
        """Cut a text into pieces: plain ones, and pairs of words and the term to link them to.

        An everyday word is taken when it is all of an emphasised text.
        """
        words = unicodedata.normalize("NFC", words)
        pieces: list[str | tuple[str, Term]] = []
        end = 0
        whole = words.strip()
        if pattern := self._patterns.get(emphasised) or self._patterns.get(False):
            for hit in pattern.finditer(words):
                term = self._term(hit[0], everyday=emphasised and hit[0] == whole)
                if term is None or term.id in self._found:
                    continue
                self._found.add(term.id)
                pieces += [words[end : hit.start()], (hit[0], term)]
                end = hit.end()
        return [*pieces, words[end:]]

    def _term(self, found: str, *, everyday: bool) -> Term | None:
        form = " ".join(found.lower().split())
        for ending in ("", "s", "es") if self.language == "en" else ("",):
            if form.endswith(ending):
                single = form.removesuffix(ending)
                if single in self._plain:
                    return self._plain[single]
                if everyday and single in self._everyday:
                    return self._everyday[single]
        return None


def link_terms(article: Tag, terms: Iterable[Term], language: str, glossary: str) -> None:
    """Link the first use of each term in an article to its place in the page ``glossary``."""
    finder = Finder(terms, language)
    maker = BeautifulSoup("", "html.parser")
    skipped = {id(tag) for tag in article.select(_NOT_RUNNING)}
    skipped |= {id(section) for section in _reference_lists(article, language)}
    for piece in article.find_all(string=True):
        if type(piece) is not NavigableString or not piece.strip():
            continue
        around = list(piece.parents)
        around = around[: next(n for n, tag in enumerate(around) if tag is article)]
        if any(id(tag) in skipped for tag in around):
            continue
        if not any(tag.name in _RUNNING_TEXT.split(", ") for tag in around):
            continue
        emphasised = around[0].name in {"em", "strong"}
        parts = finder.split(str(piece), emphasised=emphasised)
        if len(parts) == 1:
            continue
        piece.replace_with(
            *(
                part
                if isinstance(part, str)
                else _link(maker, part[0], part[1], language, glossary)
                for part in parts
            )
        )


def _link(maker: BeautifulSoup, words: str, term: Term, language: str, glossary: str) -> Tag:
    link = maker.new_tag("a", attrs={"class": "lc-term"}, href=f"{glossary}#{term.anchor}")
    link["title"] = term.meanings[language]
    link.string = words
    return link


def _reference_lists(article: Tag, language: str) -> list[Tag]:
    """Return the sections whose heading says that they list references."""
    heading = text("references.heading", lang=language).casefold()
    return [
        section
        for section in article.select("section")
        if (title := section.find(["h1", "h2", "h3"]))
        and re.sub(r"^[\d.\s]+|[\s#]+$", "", title.get_text()).casefold() == heading
    ]


def _link_page(app: Sphinx, page: str, context: dict[str, Any], soup: BeautifulSoup) -> None:
    language = language_of(page)
    article = soup.select_one("article.bd-article")
    # A book without a glossary, as the small ones of the tests are, has nothing to link to.
    if article is None or chapter_number(page) is None or PAGES[language] not in app.env.found_docs:
        return
    terms = read(Path(app.srcdir, DATA))
    link_terms(article, terms, language, context["pathto"](PAGES[language]))


def _note_data(app: Sphinx, config: Config) -> None:
    path = Path(app.srcdir, DATA)
    if path.is_file():
        config.glossary_fingerprint = hashlib.sha256(path.read_bytes()).hexdigest()


def setup(app: Sphinx) -> dict[str, Any]:
    """Write all pages anew when the data has changed."""
    app.setup_extension("rendered")
    app.setup_extension("glossary")
    app.add_config_value("glossary_fingerprint", "", "html", str)
    app.connect("config-inited", _note_data)
    app.connect("page-rendered", _link_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
