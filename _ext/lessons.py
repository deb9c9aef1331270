"""The pages for instructors: what is told of a chapter is told only when the book has it.

``{lesson} 3`` holds what an instructor should know about chapter 3; it becomes a section with the
chapter's title, a link to it and the list of its exercises, read from the notebook itself, so that
neither can drift. ``{lesson-times}`` is the table of how long each chapter takes, from
``chapters/lessons.toml`` (estimates) and ``chapters/minutes.json`` (measured).
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from glossary import chapter_page, link_to
from languages import language_of
from lstm_course.language import text

TIMES = Path("chapters", "lessons.toml")
MINUTES = Path("chapters", "minutes.json")
MODES = ("quick", "full")

_TITLE = re.compile(r"#\s+(.+)")
_EXERCISE = re.compile(r"\*\*(\d+) (★+) (.+?)\.?\*\*")


def markdown_cells(notebook: Path) -> list[str]:
    """Return the text of a notebook's Markdown cells."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]


def title(notebook: Path) -> str:
    """Return the title of a chapter, as its first heading has it."""
    found = next(filter(None, map(_TITLE.match, markdown_cells(notebook))), None)
    if found is None:
        raise ValueError(f"{notebook.name} has no title")
    return found[1].strip()


def exercises(notebook: Path) -> list[tuple[int, str, str]]:
    """Return number, stars and title of a chapter's exercises, in Markdown."""
    found = filter(None, map(_EXERCISE.match, markdown_cells(notebook)))
    return [(int(one[1]), one[2], one[3]) for one in found]


def duration(seconds: float | None, language: str) -> str:
    """Return how long a notebook runs, in words.

    >>> duration(20, "en"), duration(61, "vi"), duration(None, "en")
    ('under 1 minute', '2 phút', 'not measured')
    """
    if seconds is None:
        return text("lessons.not_measured", lang=language)
    if seconds < 60:
        return text("lessons.under_a_minute", lang=language)
    return text("lessons.minutes", lang=language, count=math.ceil(seconds / 60))


class _AboutChapters(SphinxDirective):
    """What both directives do: look for chapters in the build."""

    @property
    def language(self) -> str:
        return language_of(self.env.docname)

    def _depend_on(self, *files: Path) -> None:
        for file in (*files, Path("_toc.yml"), Path(__file__)):
            self.env.note_dependency(str(Path(self.env.srcdir, file)))

    def _notebook(self, page: str) -> Path:
        return Path(self.env.doc2path(page))


class Lesson(_AboutChapters):
    """``{lesson} NUMBER``: a section about one chapter, if the book has it."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Return the section, or nothing."""
        number = int(self.arguments[0])
        self._depend_on()
        page = chapter_page(self.env, number, self.language)
        if page is None:
            return []
        notebook = self._notebook(page)
        self._depend_on(notebook)
        words = text("lessons.title", lang=self.language, number=number, title=title(notebook))
        section = nodes.section(ids=[f"lesson-{number}"], names=[f"lesson-{number}"])
        section += nodes.title("", words)
        self.state.nested_parse(self.content, self.content_offset, section)
        open_it = text("lessons.open", lang=self.language, number=number)
        section += nodes.paragraph("", "", link_to(self.env, page, open_it))
        if tasks := exercises(notebook):
            section += self._exercises(tasks)
        return [section]

    def _exercises(self, tasks: list[tuple[int, str, str]]) -> nodes.Node:
        heading = text("lessons.exercises", lang=self.language, count=len(tasks))
        lines = [f"**{heading}**", ""]
        lines += [f"{number}. {stars} {name}" for number, stars, name in tasks]
        listed = nodes.container(classes=["lc-exercises"])
        self.state.nested_parse(StringList(lines, source=str(TIMES)), 0, listed)
        return listed


class LessonTimes(_AboutChapters):
    """``{lesson-times}``: a row for each chapter of the book."""

    has_content = False
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        self._depend_on(TIMES, MINUTES)
        source = Path(self.env.srcdir)
        try:
            times = tomllib.loads((source / TIMES).read_text(encoding="utf-8"))["chapter"]
            measured = json.loads((source / MINUTES).read_text(encoding="utf-8"))["seconds"]
        except (OSError, ValueError, KeyError) as error:
            raise self.error(f"{TIMES}, {MINUTES}: {error}") from error
        names = ["chapter", "reading", "exercise_time", "classes", *MODES]
        head: list[nodes.Node] = [
            nodes.paragraph("", text(f"lessons.{n}", lang=self.language)) for n in names
        ]
        rows = [row for time in times if (row := self._row(time, measured))]
        return [_table(head, rows)]

    def _row(self, time: dict[str, int], measured: dict[str, Any]) -> list[nodes.Node] | None:
        page = chapter_page(self.env, time["number"], self.language)
        if page is None:
            return None
        notebook = self._notebook(page)
        self._depend_on(notebook)
        name = f"{time['number']} {title(notebook)}"
        seconds = measured.get(notebook.stem, {})
        cells = [
            text("lessons.minutes", lang=self.language, count=time["reading"]),
            text("lessons.minutes", lang=self.language, count=time["exercises"]),
            str(time["classes"]),
            *(duration(seconds.get(mode), self.language) for mode in MODES),
        ]
        return [
            nodes.paragraph("", "", link_to(self.env, page, name)),
            *(nodes.paragraph("", cell) for cell in cells),
        ]


def _table(head: list[nodes.Node], rows: list[list[nodes.Node]]) -> nodes.table:
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", _line(head))
    group += nodes.tbody("", *map(_line, rows))
    return nodes.table("", group)


def _line(cells: list[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", cell) for cell in cells))


def setup(app: Sphinx) -> dict[str, Any]:
    """Offer the directives."""
    app.setup_extension("glossary")
    app.add_directive("lesson", Lesson)
    app.add_directive("lesson-times", LessonTimes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
