"""The book's look: options of the theme, its style sheet, and the small repairs it needs."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.config import Config

HERE = Path(__file__).parent
ASSETS = HERE / "assets"

_SEARCH_FILES = re.compile(r"(?:^|/)(?:searchtools|language_data|searchindex)\.js")

STORAGE = """
for (const name of ["localStorage", "sessionStorage"]) {
  try { window[name].length; } catch {
    const kept = new Map();
    Object.defineProperty(window, name, { value: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => { kept.set(key, String(value)); },
      removeItem: (key) => { kept.delete(key); },
    } });
  }
}
"""
"""In place of a storage that the browser refuses, one that lasts as long as the page."""

THEME_OPTIONS = {
    "navbar_persistent": [],  # otherwise an empty bar with a second search box tops every page
    "primary_sidebar_end": [],  # a place for advertisements
    "use_fullscreen_button": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def fingerprint() -> str:
    """Return a hash of these extensions and the widgets' sources.

    Sphinx rewrites only pages whose text or configuration changed. As a configuration value,
    this makes it rewrite all of them when what prints them has changed.
    """
    from lstm_course.widgets import sources

    total = hashlib.sha256()
    for path in sorted([*HERE.glob("*.py"), *ASSETS.iterdir()]):
        total.update(path.read_bytes())
    for name, text in sorted({**sources.page_scripts(), "css": sources.page_css()}.items()):
        total.update(f"{name}\0{text}".encode())
    return total.hexdigest()


def _configure(app: Sphinx, config: Config) -> None:
    config.html_theme_options.update(THEME_OPTIONS)
    config.html_context.setdefault("default_mode", "auto")
    config.html_static_path.append(str(ASSETS))
    config.book_fingerprint = fingerprint()


def _mark_landmarks(app: Sphinx, page: str, context: dict[str, Any], soup: BeautifulSoup) -> None:
    """Make the book's title the page's banner, in place of the theme's, which is empty here."""
    title = soup.select_one(".bd-sidebar-primary .navbar-brand")
    header = soup.select_one("#pst-header")
    if title and title.parent and header and not header.get_text(strip=True):
        header["role"] = "presentation"  # the theme's scripts measure it, so it stays
        title.parent["role"] = "banner"


def _stand_in_for_storage(
    app: Sphinx, page: str, context: dict[str, Any], soup: BeautifulSoup
) -> None:
    """Let the theme and the search run for readers whose browser lets no page store anything."""
    charset = soup.select_one("head > meta[charset]")
    if charset:
        script = soup.new_tag("script")
        script.string = STORAGE
        charset.insert_after(script)


def _drop_unused_search(
    app: Sphinx, page: str, context: dict[str, Any], soup: BeautifulSoup
) -> None:
    """Load the search index where one searches: on other pages it only delays the widgets."""
    if page.rpartition("/")[2] == "search":
        return
    for script in soup.find_all("script", src=_SEARCH_FILES):
        script.decompose()


def setup(app: Sphinx) -> dict[str, Any]:
    """Set the options before the theme reads them."""
    app.setup_extension("rendered")
    app.connect("page-rendered", _mark_landmarks)
    app.connect("page-rendered", _stand_in_for_storage)
    app.connect("page-rendered", _drop_unused_search)
    app.add_config_value("book_fingerprint", "", "html", str)
    app.add_css_file("lstm-book.css", priority=900)
    app.add_js_file("lstm-book.js", priority=700, defer="defer")
    app.connect("config-inited", _configure)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
