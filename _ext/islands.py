"""Live widgets in the built pages: their scripts, their style, and a directive for ``.md`` pages.

A widget's stored output is ``<div class="lstm-widget" data-widget="NAME" data-state="...">``.
This extension writes each widget's script into the build and gives every page the scripts of
the widgets that stand on it, so a page without widgets loads none.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, ClassVar

from bs4 import BeautifulSoup
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from traitlets import TraitError

from languages import NAMES, language_of
from lstm_course.widgets import sources

FOLDER = "lstm"
STYLE = f"{FOLDER}/lstm-widgets.css"
CORE = "lstm-core.js"
"""The script that all widgets share; it comes before theirs."""


def _write_assets(app: Sphinx) -> None:
    if app.builder.format != "html":
        return
    folder = Path(app.outdir, "_static", FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    files = {**sources.page_scripts(), Path(STYLE).name: sources.page_css()}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _address(app: Sphinx, context: dict[str, Any], name: str) -> str:
    """Return a file's address with a version, so that browsers do not keep an old one."""
    content = Path(app.outdir, "_static", name).read_bytes()
    version = hashlib.sha256(content).hexdigest()[:8]
    return f"{context['pathto'](f'_static/{name}', 1)}?v={version}"


def _add_scripts(app: Sphinx, page: str, context: dict[str, Any], soup: BeautifulSoup) -> None:
    names = {str(tag["data-widget"]) for tag in soup.select(".lstm-widget[data-widget]")}
    if not names or soup.head is None:
        return
    style = _address(app, context, STYLE)
    soup.head.append(soup.new_tag("link", rel="stylesheet", href=style))
    # Deferred scripts run in their order in the page: before the theme's, which are large.
    first = soup.head.find("script")
    for script in [CORE, *sorted(f"lstm-{name}.js" for name in names)]:
        if Path(app.outdir, "_static", FOLDER, script).is_file():
            address = _address(app, context, f"{FOLDER}/{script}")
            tag = soup.new_tag("script", src=address, defer="defer")
            first.insert_before(tag) if first else soup.head.append(tag)


class Widget(SphinxDirective):
    """``{lstm-widget} NAME`` with the options ``lang`` and a JSON object of traits as its body."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"lang": lambda value: directives.choice(value, tuple(NAMES))}

    def run(self) -> list[nodes.Node]:
        """Return the same HTML that the widget leaves in a notebook's stored output."""
        from lstm_course.widgets import WIDGETS, render_html

        name = self.arguments[0]
        language = self.options.get("lang", language_of(self.env.docname))
        try:
            state = json.loads("\n".join(self.content) or "{}")
        except json.JSONDecodeError as error:
            raise self.error(f"the state of {name} is not JSON: {error}") from error
        if name not in WIDGETS:
            raise self.error(f"no widget is called {name}; there are {', '.join(WIDGETS)}")
        try:
            html = render_html(name, state, language)
        except TraitError as error:
            raise self.error(f"{name}: {error}") from error
        return [nodes.raw("", html, format="html")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the assets at the start; add scripts to each page when its HTML is known."""
    app.setup_extension("rendered")
    app.add_directive("lstm-widget", Widget)
    app.connect("builder-inited", _write_assets)
    app.connect("page-rendered", _add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
