"""The event ``page-rendered``: a last look at each HTML page before it is written.

Templates of the theme cannot be told everything by options. An extension that has to change what
they print calls ``app.setup_extension("rendered")`` and connects to ``page-rendered``; its
handler gets ``(app, page, context, soup)`` and changes the parsed page in place.
"""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup
from sphinx.application import Sphinx


def _wrap_renderer(app: Sphinx) -> None:
    if app.builder.format != "html":
        return
    render = app.builder.templates.render

    def render_and_emit(template: str, context: dict[str, Any]) -> str:
        html: str = render(template, context)
        if not template.endswith(".html"):
            return html
        soup = BeautifulSoup(html, "html.parser")
        app.emit("page-rendered", context["pagename"], context, soup)
        return str(soup)

    app.builder.templates.render = render_and_emit


def setup(app: Sphinx) -> dict[str, Any]:
    """Declare the event and wrap the builder's template renderer, once."""
    app.add_event("page-rendered")
    app.connect("builder-inited", _wrap_renderer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
