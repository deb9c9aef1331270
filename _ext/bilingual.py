"""Two languages in one build: every page speaks its own, and links to its twin.

A page's language follows from its path (see ``languages``). For each page this extension sets
``<html lang>``, hreflang alternates and the link to the twin, keeps the sidebar and
previous/next inside the language, and puts the theme's words into Vietnamese.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from languages import DEFAULT, NAMES, belongs_to_one, language_of, other, twin_of
from theme_words import COPY_BUTTON, SEARCH_SCRIPT, translate

logger = logging.getLogger(__name__)

VIETNAMESE_SCRIPT = "lstm-book-vi.js"
READ_THIS = {"en": "Read this page in English", "vi": "Đọc trang này bằng tiếng Việt"}
HOME = {"en": "Home", "vi": "Trang đầu"}
SEARCH_PAGE = "chapters/vi/search"

_ATTRIBUTES = ("title", "aria-label", "placeholder", "alt", "data-bs-title", "data-toggle-hint")
_WORDS_INSIDE_ARTICLE = (
    "a.headerlink, .admonition-title, details.hide > summary, .caption-number, button"
)
_SILENT = ["script", "style"]


# --- where the book will be published ---------------------------------------------------------


def pages_address(repository: str) -> str:
    """Return where GitHub Pages shows a repository's book; empty while it is the placeholder.

    >>> pages_address("https://github.com/An/lstm-course")
    'https://an.github.io/lstm-course/'
    """
    owner, _, name = repository.removeprefix("https://github.com/").partition("/")
    if not name or owner == "YOUR_NAME":
        return ""
    return f"https://{owner.lower()}.github.io/{name}/"


def _set_address(app: Sphinx, config: Config) -> None:
    if not config.html_baseurl:
        config.html_baseurl = pages_address(config.html_theme_options.get("repository_url", ""))


# --- what the templates are told ------------------------------------------------------------


def _pages(app: Sphinx) -> set[str]:
    return {*app.env.found_docs, "search", SEARCH_PAGE}


def _first_page(app: Sphinx, language: str) -> str | None:
    """Return the first chapter of a language, in the order of the table of contents."""
    pages = app.env.toctree_includes.get(app.config.root_doc, [])
    return next((page for page in pages if language_of(page) == language), None)


def _neighbour(
    app: Sphinx, page: str, direction: int, context: dict[str, Any]
) -> dict[str, str] | None:
    """Return the previous (-1) or next (+1) page of the same language, as the theme wants it."""
    root = app.config.root_doc
    order = [
        name
        for name in app.env.collect_relations()
        if name == root or language_of(name) == language_of(page)
    ]
    if page not in order:
        return None
    place = order.index(page) + direction
    if not 0 <= place < len(order):
        return None
    name = order[place]
    return {"link": context["pathto"](name), "title": _title(app, name, language_of(page))}


def _title(app: Sphinx, page: str, language: str) -> str:
    """Return a page's title in HTML, as a link to it from a page in a language shows it."""
    if page == app.config.root_doc and language in HOME:
        return HOME[language]
    assert isinstance(app.builder, StandaloneHTMLBuilder)
    return app.builder.render_partial(app.env.titles[page])["title"]


def _set_context(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    language = language_of(page)
    context["language"] = language
    names = app.config.bilingual_names.get(language, {})
    context["docstitle"] = names.get("title", context["docstitle"])
    context["author"] = names.get("author", app.config.author)
    context["root_title"] = HOME.get(language, context.get("root_title"))
    context["prev"] = _neighbour(app, page, -1, context)
    context["next"] = _neighbour(app, page, +1, context)
    if language == "vi":
        app.add_js_file(VIETNAMESE_SCRIPT, priority=600)


def _vietnamese_search_page(app: Sphinx) -> list[tuple[str, dict[str, Any], str]]:
    return [(SEARCH_PAGE, {}, "search.html")]


# --- what the templates cannot be told ------------------------------------------------------


def _add_alternates(app: Sphinx, page: str, context: dict[str, Any], soup: BeautifulSoup) -> None:
    twin = twin_of(page)
    if twin is None or soup.head is None:
        return
    by_language = {language_of(page): page, language_of(twin): twin}
    by_language["x-default"] = by_language[DEFAULT]
    base = app.config.html_baseurl.rstrip("/")
    for language, name in by_language.items():
        address = f"{base}/{name}.html" if base else context["pathto"](name)
        address = f"{Path(page).name}.html" if address == "#" else address
        soup.head.append(
            soup.new_tag("link", rel="alternate", hreflang=language, href=address),
        )


def _section_ids(app: Sphinx, page: str) -> list[str]:
    return [section["ids"][0] for section in app.env.get_doctree(page).findall(nodes.section)]


def _twin_sections(app: Sphinx, page: str) -> list[str]:
    """Return the twin's sections in their order, when the page has a section for each of them."""
    twin = twin_of(page)
    if twin is None or not {page, twin} <= app.env.found_docs:
        return []
    ours, theirs = _section_ids(app, page), _section_ids(app, twin)
    return theirs if len(ours) == len(theirs) else []


def _add_twin_link(app: Sphinx, page: str, context: dict[str, Any], soup: BeautifulSoup) -> None:
    language = other(language_of(page))
    twin = twin_of(page) or _first_page(app, language)
    buttons = soup.select_one(".article-header-buttons")
    if twin is None or buttons is None:
        return
    link = soup.new_tag(
        "a",
        attrs={"class": "btn btn-sm language-link"},
        href=context["pathto"](twin),
        lang=language,
        hreflang=language,
        title=READ_THIS[language],
    )
    if sections := _twin_sections(app, page):
        link["data-sections"] = json.dumps(sections)
    link.string = NAMES[language]
    buttons.insert(0, link)


def _keep_own_part(page: str, soup: BeautifulSoup) -> None:
    """Leave only the page's own language in the sidebar; on shared pages, mark the other one."""
    captions = {name: language for language, name in NAMES.items()}
    for caption in soup.select(".bd-docs-nav p.caption"):
        language = captions.get(caption.get_text(strip=True))
        chapters = caption.find_next_sibling()
        if language is None or language == language_of(page):
            continue
        for part in (caption, chapters):
            if part is None:
                continue
            if belongs_to_one(page):
                part.decompose()
            else:
                part["lang"] = language


def _mark_foreign_contents(soup: BeautifulSoup) -> None:
    """Give an entry of the page's contents the language that its heading declares."""
    for link in soup.select("nav.page-toc a[href^='#']"):
        target = soup.find(id=str(link["href"])[1:])
        heading = target.find(["h2", "h3", "h4"]) if target else None
        marked = heading.select_one("[lang]") if heading else None
        if marked:
            link["lang"] = marked["lang"]


def _translate_attributes(tag: Tag) -> None:
    for name in _ATTRIBUTES:
        if isinstance(value := tag.get(name), str):
            tag[name] = translate(value)


def _translate_text(tag: Tag) -> None:
    for text in tag.find_all(string=True):
        if type(text) is not NavigableString or text.find_parent(_SILENT):
            continue
        if (vietnamese := translate(text)) != text:
            text.replace_with(vietnamese)


def _translate_scripts(soup: BeautifulSoup) -> None:
    for script in soup.find_all("script", src=False):
        body = script.string or ""
        if "toggleHint" in body:
            for word in ("Click to show", "Click to hide"):
                body = body.replace(word, translate(word))
            script.string = body


def _translate_whole(tag: Tag) -> None:
    for part in (tag, *tag.find_all(True)):
        _translate_attributes(part)
    _translate_text(tag)


def _translate_chrome(soup: BeautifulSoup) -> None:
    """Translate all that the theme says; of the article, only what the theme has put into it."""
    article = soup.select_one("article.bd-article")
    stand_in = soup.new_tag("article")
    if article:
        for tag in article.select(_WORDS_INSIDE_ARTICLE):
            _translate_whole(tag)
        article.replace_with(stand_in)
    _translate_whole(soup)
    if article:
        stand_in.replace_with(article)
    _translate_scripts(soup)


def _translate_title(page: str, soup: BeautifulSoup) -> None:
    """Put the search page's name in the browser's tab into Vietnamese."""
    if page == SEARCH_PAGE and soup.title and soup.title.string:
        name, dash, book = soup.title.string.partition(" - ")
        soup.title.string = f"{translate(name)}{dash}{book}"


def _point_search_home(context: dict[str, Any], soup: BeautifulSoup) -> None:
    for form in soup.select("form.bd-search"):
        form["action"] = context["pathto"](SEARCH_PAGE).replace("#", "") or "search.html"


def _drop_repeated_scripts(soup: BeautifulSoup) -> None:
    """The theme loads the search tools twice on a search page that is not called ``search``."""
    seen = set()
    for script in soup.find_all("script", src=True):
        if script["src"] in seen:
            script.decompose()
        else:
            seen.add(script["src"])


def _finish_page(app: Sphinx, page: str, context: dict[str, Any], soup: BeautifulSoup) -> None:
    _keep_own_part(page, soup)
    _mark_foreign_contents(soup)
    if language_of(page) == "vi":
        _translate_chrome(soup)
        _translate_title(page, soup)
        _point_search_home(context, soup)
        _drop_repeated_scripts(soup)
    _add_alternates(app, page, context, soup)
    _add_twin_link(app, page, context, soup)


# --- words that scripts put into the page ---------------------------------------------------

_SCRIPT = """// Words that other scripts put into a Vietnamese page (made by _ext/bilingual.py).
"use strict";
(() => {
  Documentation.addTranslations({ locale: "vi", messages: %(search)s });
  if (typeof messages === "object") {
    messages.vi = %(copy)s;
    locale = "vi";
    iconCheck = iconCheck.replace(messages.en.copy_success, messages.vi.copy_success);
    iconCopy = iconCopy.replace(messages.en.copy_to_clipboard, messages.vi.copy_to_clipboard);
  }
  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("button.toggle-button"))
      button.setAttribute("aria-label", %(toggle)s);
  });
})();
"""


def _write_script(app: Sphinx) -> None:
    if app.builder.format != "html":
        return
    words = {
        "search": SEARCH_SCRIPT,
        "copy": COPY_BUTTON,
        "toggle": translate("Toggle hidden content"),
    }
    script = _SCRIPT % {
        name: json.dumps(value, ensure_ascii=False) for name, value in words.items()
    }
    target = Path(app.outdir, "_static", VIETNAMESE_SCRIPT)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(script, encoding="utf-8")


# --- a chapter is there in both languages, or the build says so ------------------------------


def _check_twins(app: Sphinx, env: BuildEnvironment) -> None:
    for page in sorted(env.found_docs):
        twin = twin_of(page)
        if twin is not None and twin not in _pages(app):
            language = NAMES[language_of(twin)]
            logger.warning("no page in %s: %s is missing", language, twin, location=page)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect late, after the theme has filled the context that is changed here."""
    app.setup_extension("rendered")
    app.add_config_value("bilingual_names", {}, "html", dict)
    app.connect("builder-inited", _write_script)
    app.connect("config-inited", _set_address)
    app.connect("env-check-consistency", _check_twins)
    app.connect("html-collect-pages", _vietnamese_search_page)
    app.connect("html-page-context", _set_context, priority=900)
    app.connect("page-rendered", _finish_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
