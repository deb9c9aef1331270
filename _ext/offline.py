"""Nothing in a built page asks another host: maths from a local file, no Thebe, no CDN."""

from __future__ import annotations

import copy
import json
import shutil
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

MATHJAX_PACKAGE = "sphinx-mathjax-offline"
MATHJAX_FILE = "sphinx-mathjax-offline/static/mathjax/tex-svg-full.js"
MATHJAX_IN_BOOK = "mathjax/tex-svg-full.js"
"""One file that needs no fonts and no other file, so that it also works from a folder on disk."""

_LOADER = """addEventListener("DOMContentLoaded", () => setTimeout(() => {
  const script = document.createElement("script");
  script.src = %s;
  document.head.append(script);
}));"""

MATHJAX_SETTINGS = {
    # The expression menu and the explorer would make every formula a tab stop.
    "options": {"enableMenu": False, "menuOptions": {"settings": {"inTabOrder": False}}},
    # Packages would be fetched one by one from beside the file; this file holds them all.
    "loader": {"load": []},
    "tex": {"tags": "none"},
    "svg": {"fontCache": "local"},
}


def mathjax_source() -> Path:
    """Return the MathJax file inside the installed package that carries it."""
    try:
        source = Path(str(distribution(MATHJAX_PACKAGE).locate_file(MATHJAX_FILE)))
    except PackageNotFoundError as error:
        raise ExtensionError(f"{MATHJAX_PACKAGE} is not installed: run `make book`") from error
    if not source.is_file():
        raise ExtensionError(f"{MATHJAX_PACKAGE} no longer holds {MATHJAX_FILE}")
    return source


def _configure(app: Sphinx, config: Config) -> None:
    config.mathjax_path = MATHJAX_IN_BOOK
    config.mathjax3_config = copy.deepcopy(MATHJAX_SETTINGS)  # other extensions write into it
    config.nb_ipywidgets_js = {}


def _copy_mathjax(app: Sphinx) -> None:
    if app.builder.format == "html":
        target = Path(app.outdir, "_static", MATHJAX_IN_BOOK)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(mathjax_source(), target)


def _load_mathjax_last(
    app: Sphinx, page: str, context: dict[str, Any], soup: BeautifulSoup
) -> None:
    """Start MathJax once the page stands: widgets must not wait for 2 MB of script."""
    for script in soup.select(f'script[src*="{MATHJAX_IN_BOOK}"]'):
        address = str(script["src"])
        preload = {"rel": "preload", "as": "script", "href": address, "fetchpriority": "low"}
        loader = soup.new_tag("script")
        loader.string = _LOADER % json.dumps(address)
        script.replace_with(soup.new_tag("link", attrs=preload), loader)


def _is_thebe(file: Any) -> bool:
    body = file.attributes.get("body") or ""
    return "thebe" in f"{file.filename or ''} {body}".lower()


def _drop_thebe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context[kind] if not _is_thebe(file)]


def _drop_thebe_settings(
    app: Sphinx, page: str, context: dict[str, Any], soup: BeautifulSoup
) -> None:
    for script in soup.select('script[type="text/x-thebe-config"]'):
        script.decompose()


def setup(app: Sphinx) -> dict[str, Any]:
    """Set the options before builders read them; drop Thebe after the others have added it."""
    app.setup_extension("rendered")
    app.connect("page-rendered", _load_mathjax_last)
    app.connect("page-rendered", _drop_thebe_settings)
    app.connect("config-inited", _configure, priority=900)
    app.connect("builder-inited", _copy_mathjax)
    app.connect("html-page-context", _drop_thebe, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
