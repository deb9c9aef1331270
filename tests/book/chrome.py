"""What a page says outside its article: the theme's words, as against the author's."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

ATTRIBUTES = ("title", "aria-label", "placeholder", "alt", "data-bs-title", "data-tooltip")
AUTHORS_WORDS = (
    "article.bd-article",
    "head",
    "script",
    "style",
    "nav.page-toc",
    "#jb-print-toc nav",
    "#jb-print-docs-body h1",
    ".bd-docs-nav li a",
    ".prev-next-title",
)
"""Titles of pages and sections: they are written, not printed by the theme."""

SAME_IN_BOTH = {"Colab", "Ctrl", ".ipynb", ".md", ".pdf"}
"""Words outside the articles that a Vietnamese page may share with its English twin."""


def _foreign(tag: Tag, language: str) -> bool:
    marked = tag if tag.get("lang") else tag.find_parent(attrs={"lang": True})
    return marked is not None and marked["lang"] != language


def words(page: BeautifulSoup) -> set[str]:
    """Return what a page says outside its article in its own language, text and attributes."""
    assert page.html is not None
    language = str(page.html["lang"])
    written = {id(tag) for selector in AUTHORS_WORDS for tag in page.select(selector)}
    found: list[str] = []
    for tag in page.find_all(True):
        authors = any(id(part) in written for part in (tag, *tag.parents))
        if authors or _foreign(tag, language):
            continue
        found += [str(tag[name]) for name in ATTRIBUTES if tag.get(name)]
        found += [str(text) for text in tag.children if type(text) is NavigableString]
    return {" ".join(text.split()) for text in found} - {""}


def english_left(english: BeautifulSoup, vietnamese: BeautifulSoup) -> set[str]:
    """Return what a Vietnamese page says in the same words as its English twin."""
    both = words(english) & words(vietnamese)
    return {text for text in both if re.search(r"[A-Za-z]{2}", text)} - SAME_IN_BOTH
