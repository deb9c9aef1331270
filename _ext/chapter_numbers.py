"""Chapter numbers from file names: ``03_lstm_gates`` is chapter 3 in both languages.

Sphinx counts chapters in the order of the table of contents. The book's numbers must not move
when a chapter is missing, so this runs after Sphinx has counted and puts the file's prefix in
place of the first number of every section and figure. A page without a prefix is no chapter: it
loses its number.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector

_PREFIX = re.compile(r"(?:^|/)(\d+)_[^/]*$")


def chapter_number(page: str) -> int | None:
    """Return the chapter number in a page's file name.

    >>> chapter_number("chapters/vi/03_lstm_gates"), chapter_number("index")
    (3, None)
    """
    found = _PREFIX.search(page)
    return int(found[1]) if found else None


def _renumber_page(env: BuildEnvironment, page: str, number: int) -> None:
    sections = env.toc_secnumbers[page]
    for anchor, numbers in sections.items():
        if numbers:
            sections[anchor] = (number, *numbers[1:])
    for node in [*env.tocs[page].findall(nodes.reference), env.titles[page]]:
        if node.get("secnumber"):
            node["secnumber"] = [number, *node["secnumber"][1:]]


def _unnumber_page(env: BuildEnvironment, page: str) -> None:
    del env.toc_secnumbers[page]
    for node in [*env.tocs[page].findall(nodes.reference), env.titles[page]]:
        if node.get("secnumber"):
            del node["secnumber"]


def _renumber(app: Sphinx, env: BuildEnvironment) -> list[str]:
    changed = list(env.toc_secnumbers)
    for page in changed:
        number = chapter_number(page)
        if number is None:
            _unnumber_page(env, page)
        else:
            _renumber_page(env, page, number)
    TocTreeCollector().assign_figure_numbers(env)
    return changed


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect after Sphinx's own numbering, which has the default priority of 500."""
    app.connect("env-get-updated", _renumber, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
