"""Search in two languages: Vietnamese pages have an index of their own, English pages Sphinx's.

English keeps Sphinx's stemming and stop words. The Vietnamese index holds each syllable without its
diacritics, so that "cổng quên", "cong quen" and decomposed letters find the same pages, and also as
written, so that pages that hold the very word come first. ``lstm-search.js`` asks both indexes.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.search import IndexBuilder, SearchLanguage, _JavaScriptIndex, languages

from languages import belongs_to_one, language_of

SCRIPT = "lstm-search.js"
INDEX = "searchindex-vi.js"

_TOOLS = re.compile(r"(?:^|/)searchtools\.js")
_STORES = "titles filenames mapping title_mapping all_titles index_entries objtypes objnames"


def fold(text: str) -> str:
    """Return text in lower case without diacritics: what a hurried Vietnamese reader types.

    >>> fold("Cổng Quên"), fold("Cổng Quên"), fold("Đạo hàm")
    ('cong quen', 'cong quen', 'dao ham')
    """
    letters = unicodedata.normalize("NFD", text.lower())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return bare.replace("đ", "d")


class SearchVietnamese(SearchLanguage):
    """Words as written and folded; no stemming, no stop words: "to" and "hay" are words here."""

    lang = "vi"
    language_name = "Vietnamese"

    def split(self, input: str) -> list[str]:
        """Return each word as it is written, in composed letters, and folded.

        >>> SearchVietnamese({}).split("Cổng vào")
        ['cổng', 'cong', 'vào', 'vao']
        """
        words = super().split(unicodedata.normalize("NFC", input).lower())
        return [form for word in words for form in dict.fromkeys((word, fold(word)))]


class _VietnameseFile(_JavaScriptIndex):
    PREFIX = "lstmSearch.setVietnamese("


_FORMAT = _VietnameseFile()


def _new_index(app: Sphinx) -> IndexBuilder:
    stores: dict[str, Any] = {f"_search_index_{name}": {} for name in _STORES.split()}
    # Its own stores: the builder's are those of the English index.
    environment: Any = SimpleNamespace(version=app.env.version, domains={}, **stores)
    return IndexBuilder(environment, "vi", {}, "")


def _divide_index(app: Sphinx) -> None:
    builder = app.builder
    if not isinstance(builder, StandaloneHTMLBuilder) or not builder.search:
        return
    index_page, load, dump = builder.index_page, builder.load_indexer, builder.dump_search_index
    vietnamese = _new_index(app)
    stored = Path(app.outdir, INDEX)

    def index_by_language(pagename: str, doctree: nodes.document, title: str) -> None:
        if language_of(pagename) == "vi" or not belongs_to_one(pagename):
            vietnamese.feed(pagename, builder.env.doc2path(pagename, False), title, doctree)
        if language_of(pagename) != "vi":
            index_page(pagename, doctree, title)

    def load_both(docnames: Any) -> None:
        load(docnames)
        try:
            with stored.open(encoding="utf-8") as file:
                vietnamese.load(file, _FORMAT)
        except (OSError, ValueError):
            return  # the first build, or an index of another version: all pages are fed anew
        vietnamese.prune(set(builder.env.all_docs) - set(docnames))

    def dump_both() -> None:
        dump()
        if vietnamese._titles:
            with stored.open("w", encoding="utf-8") as file:
                vietnamese.dump(file, _FORMAT)

    builder.index_page = index_by_language  # type: ignore[method-assign]
    builder.load_indexer = load_both  # type: ignore[method-assign]
    builder.dump_search_index = dump_both  # type: ignore[method-assign]


def _add_script(app: Sphinx, page: str, context: dict[str, Any], soup: BeautifulSoup) -> None:
    """Both indexes on both search pages, after the tools that they are handed to."""
    if page.rpartition("/")[2] != "search":
        return
    tools = soup.find("script", src=_TOOLS)
    if tools is not None:
        addresses = [context["pathto"](f"_static/{SCRIPT}", 1), context["pathto"](INDEX, 1)]
        tools.insert_after(*(soup.new_tag("script", src=address) for address in addresses))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the language and divide the builder's index."""
    app.setup_extension("rendered")
    languages["vi"] = SearchVietnamese
    app.connect("builder-inited", _divide_index)
    app.connect("page-rendered", _add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
